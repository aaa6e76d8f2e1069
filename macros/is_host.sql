{#- Whether another project uses this one as a package. -#}
{% macro is_host() -%}
    {{ return(project_name != 'paintings_dedupe') }}
{%- endmacro %}
