{% macro is_host() -%}
    {{ return(project_name != 'paintings_dedupe') }}
{%- endmacro %}
