{% macro is_any_selected() -%}
    {%- for resource in selected_resources if resource.split('.')[1] == 'paintings_dedupe' -%}
        {{ return(true) }}
    {%- endfor -%}
    {{ return(false) }}
{%- endmacro %}
