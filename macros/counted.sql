{% macro counted(number, one, many) -%}
    {{ return(number ~ ' ' ~ (one if number == 1 else many)) }}
{%- endmacro %}
