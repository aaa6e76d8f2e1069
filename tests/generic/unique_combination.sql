{#- Replaces dbt's `unique`, for which the collation of the database decides whether case and
    accents count. -#}
{% test unique_combination(model, columns=[], text_columns=[]) %}

select {{ count_big('*') }} as Occurrences
from {{ model }}
group by
    {%- for column in text_columns %}
    {{ exact_text(column) }}{{ ',' if columns or not loop.last }}
    {%- endfor %}
    {{ columns | join(', ') }}
having {{ count_big('*') }} > 1

{% endtest %}
