{% macro sql_type(type) -%}
    {{ return(adapter.dispatch('sql_type')(type)) }}
{%- endmacro %}

{% macro default__sql_type(type) -%}
    {{ return(type) }}
{%- endmacro %}

{#- Spark has one type for text. It parses varchar(n), but keeps such lengths in tables only. -#}
{% macro spark__sql_type(type) -%}
    {%- set name = type | lower -%}
    {{ return('string' if 'char' in name else 'double' if name == 'double precision' else type) }}
{%- endmacro %}
