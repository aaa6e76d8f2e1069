{#- The indexes of a table, for the config of its model. None on DuckDB: it scans columns fast
    without, and dbt-duckdb fails when two tables with indexes are rebuilt at the same time. -#}
{% macro server_indexes(indexes) -%}
    {{ return(adapter.dispatch('server_indexes')(indexes)) }}
{%- endmacro %}

{% macro default__server_indexes(indexes) -%}
    {{ return(indexes) }}
{%- endmacro %}

{% macro duckdb__server_indexes(indexes) -%}
    {{ return([]) }}
{%- endmacro %}
