{#- exact_text, because some characters equal empty text under older collations. -#}
{% test filled(model, column_name, nullable=false) %}

select {{ column_name }}
from {{ model }}
where
    {{ exact_text(column_name) }} = ''
    {%- if not nullable %}
    or {{ column_name }} is null
    {%- endif %}

{% endtest %}
