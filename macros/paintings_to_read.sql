{#- A host's model comes with its place in the lineage. Unit tests give rows to the source. -#}
{% macro paintings_to_read() -%}
    {%- if var('paintings_model') and model.resource_type != 'unit_test' -%}
        {{ return(ref(project_name, var('paintings_model'))) }}
    {%- endif -%}
    {{ return(source('gallery', 'paintings')) }}
{%- endmacro %}
