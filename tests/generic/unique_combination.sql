{#- Combinations of values that stand in more than one row. -#}
{% test unique_combination(model, columns) %}

select
    {{ columns | join(', ') }}
from {{ model }}
group by {{ columns | join(', ') }}
having {{ count_big('*') }} > 1

{% endtest %}
