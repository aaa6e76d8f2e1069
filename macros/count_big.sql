{% macro count_big(expression) -%}
    {{ return(adapter.dispatch('count_big')(expression)) }}
{%- endmacro %}

{% macro default__count_big(expression) -%}
    count({{ expression }})
{%- endmacro %}

{% macro sqlserver__count_big(expression) -%}
    count_big({{ expression }})
{%- endmacro %}
