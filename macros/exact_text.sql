{#- Text to group, join or order by, in which case and accents count. A contract gives a column the
    collation of the database, which usually ignores case on SQL Server, so this macro is needed
    wherever text is compared. -#}
{% macro exact_text(column) -%}
    {{ return(adapter.dispatch('exact_text')(column)) }}
{%- endmacro %}

{% macro default__exact_text(column) -%}
    {{ column }}
{%- endmacro %}

{% macro sqlserver__exact_text(column) -%}
    {{ column }} collate Latin1_General_100_BIN2
{%- endmacro %}
