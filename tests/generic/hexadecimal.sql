{#- Rows whose text is not all 0-9 and a-f; a null passes. -#}
{% test hexadecimal(model, column_name) %}

select {{ column_name }}
from {{ model }}
where not {{ is_hexadecimal(column_name) }}

{% endtest %}
