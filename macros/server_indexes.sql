{% macro server_indexes(indexes) -%}
    {{ return(adapter.dispatch('server_indexes')(indexes)) }}
{%- endmacro %}

{% macro default__server_indexes(indexes) -%}
    {{ return(indexes) }}
{%- endmacro %}

{% macro duckdb__server_indexes(indexes) -%}
    {{ return([]) }}
{%- endmacro %}
