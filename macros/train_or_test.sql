{#- The side of the split that a number in [0, 1) falls on. This is the rule's only place; the uploader
    has it once more for its option --train-share, and a test holds the two together. -#}
{% macro train_or_test(random) -%}
    cast(case when {{ random }} < {{ var('train_share') }} then 'Train' else 'Test' end as varchar(5))
{%- endmacro %}
