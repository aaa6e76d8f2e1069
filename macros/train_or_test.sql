{#- The side of the split for a number in [0, 1). Only the uploader's option --train-share
    implements this rule again, and a test compares the two. -#}
{% macro train_or_test(random) -%}
    cast(case when {{ random }} < {{ var('train_share') }} then 'Train' else 'Test' end as varchar(5))
{%- endmacro %}
