{% test hexadecimal(model, column_name, nullable=false) %}

select {{ column_name }}
from {{ model }}
where
    not {{ holds_only(column_name, '0-9a-f') }}
    {%- if not nullable %}
    or {{ column_name }} is null
    {%- endif %}

{% endtest %}
