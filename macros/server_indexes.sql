{#- The indexes of a table, for the config of its model. On DuckDB there are none: it scans columns
    fast without them, and dbt-duckdb fails if two tables with indexes are rebuilt at the same time. -#}
{% macro server_indexes(indexes) -%}
    {{ return(adapter.dispatch('server_indexes')(indexes)) }}
{%- endmacro %}

{% macro default__server_indexes(indexes) -%}
    {{ return(indexes) }}
{%- endmacro %}

{% macro duckdb__server_indexes(indexes) -%}
    {{ return([]) }}
{%- endmacro %}
