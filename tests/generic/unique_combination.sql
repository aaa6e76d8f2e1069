{#- Combinations of values that occur in more than one row. Case and accents count; in the built-in
    test `unique`, that depends on the collation of the database. -#}
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
