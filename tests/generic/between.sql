{#- Rows whose value is outside [at_least, below). A null passes. -#}
{% test between(model, column_name, at_least=none, below=none) %}

select {{ column_name }}
from {{ model }}
where
    1 = 0
    {%- if at_least is not none %}
    or {{ column_name }} < {{ at_least }}
    {%- endif %}
    {%- if below is not none %}
    or {{ column_name }} >= {{ below }}
    {%- endif %}

{% endtest %}
