{% macro exact_text(column) -%}
    {{ return(adapter.dispatch('exact_text')(column)) }}
{%- endmacro %}

{% macro default__exact_text(column) -%}
    {{ column }}
{%- endmacro %}

{% macro sqlserver__exact_text(column) -%}
    {{ column }} collate Latin1_General_100_BIN2
{%- endmacro %}
