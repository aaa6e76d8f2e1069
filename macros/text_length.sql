{% macro text_length(column) -%}
    {{ return(adapter.dispatch('text_length')(column)) }}
{%- endmacro %}

{% macro default__text_length(column) -%}
    length({{ column }}) + length(regexp_replace({{ column }}, '[^\x{10000}-\x{10ffff}]+', '', 'g'))
{%- endmacro %}

{#- Under some collations, a character is not a unit. -#}
{% macro sqlserver__text_length(column) -%}
    len({{ exact_text(column) }})
{%- endmacro %}
