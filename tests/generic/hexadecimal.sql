{#- Rows whose text does not consist of 0-9 and a-f. A null passes. -#}
{% test hexadecimal(model, column_name) %}

select {{ column_name }}
from {{ model }}
where not {{ holds_only(column_name, '0-9a-f') }}

{% endtest %}
