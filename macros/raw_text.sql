{% macro raw_text(column) -%}
    {{ return(adapter.dispatch('raw_text')(column)) }}
{%- endmacro %}

{% macro default__raw_text(column) -%}
    cast({{ column }} as string)
{%- endmacro %}

{#- Style 3 writes every digit of a float. Without it, 1234567.0 becomes 1.23457e+006. -#}
{% macro sqlserver__raw_text(column) -%}
    convert(nvarchar(max), {{ column }}, 3) collate Latin1_General_100_BIN2
{%- endmacro %}
