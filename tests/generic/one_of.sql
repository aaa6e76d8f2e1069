{#- Replaces dbt's accepted_values, which lets null pass, counts every row, and accepts text in
    another letter case if the collation of the database ignores case. -#}
{% test one_of(model, column_name, values, nullable=false) %}

select {{ column_name }}
from {{ model }}
where
    {%- if values[0] is string %}
    {{ exact_text(column_name) }} not in ('{{ values | join("', '") }}')
    {%- else %}
    {{ column_name }} not in ({{ values | join(', ') }})
    {%- endif %}
    {%- if not nullable %}
    or {{ column_name }} is null
    {%- endif %}

{% endtest %}
