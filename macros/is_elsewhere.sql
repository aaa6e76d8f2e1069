{#- A transaction of DuckDB writes to one database. -#}
{% macro is_elsewhere(built) -%}
    {{ return(target.type == 'duckdb' and built.database | lower != target.database | lower) }}
{%- endmacro %}
