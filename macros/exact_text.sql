{#- Text to group, join or order by: case, accents and all count. A contract gives a column the
    database's own collation, which on SQL Server usually ignores case, so this is needed wherever
    text is compared. -#}
{% macro exact_text(column) -%}
    {{ return(adapter.dispatch('exact_text')(column)) }}
{%- endmacro %}

{% macro default__exact_text(column) -%}
    {{ column }}
{%- endmacro %}

{% macro sqlserver__exact_text(column) -%}
    {{ column }} collate Latin1_General_100_BIN2
{%- endmacro %}
