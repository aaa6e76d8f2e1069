{% macro server_indexes(indexes) -%}
    {{ return(adapter.dispatch('server_indexes')(indexes)) }}
{%- endmacro %}

{% macro default__server_indexes(indexes) -%}
    {{ return([]) }}
{%- endmacro %}

{% macro sqlserver__server_indexes(indexes) -%}
    {{ return(indexes) }}
{%- endmacro %}
