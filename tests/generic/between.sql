{% test between(model, column_name, at_least=none, below=none, nullable=false) %}

select {{ column_name }}
from {{ model }}
where
    {%- if nullable %}
    1 = 0
    {%- else %}
    {{ column_name }} is null
    {%- endif %}
    {%- if at_least is not none %}
    or {{ column_name }} < {{ at_least }}
    {%- endif %}
    {%- if below is not none %}
    or {{ column_name }} >= {{ below }}
    {%- endif %}

{% endtest %}
