{#- exact_text, since under older collations some characters equal the empty text. -#}
{% test filled(model, column_name, nullable=false) %}

select {{ column_name }}
from {{ model }}
where
    {{ exact_text(column_name) }} = ''
    {%- if not nullable %}
    or {{ column_name }} is null
    {%- endif %}

{% endtest %}
