{% macro first_text(column) -%}
    {{ return(adapter.dispatch('first_text')(column)) }}
{%- endmacro %}

{% macro default__first_text(column) -%}
    min({{ column }})
{%- endmacro %}

{% macro sqlserver__first_text(column) -%}
    min({{ exact_text(column) }}) collate database_default
{%- endmacro %}
