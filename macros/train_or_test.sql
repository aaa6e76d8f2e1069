{% macro train_or_test(random) -%}
    cast(case when {{ random }} < {{ var('train_share') }} then 'Train' else 'Test' end as varchar(5))
{%- endmacro %}
