{#- A transaction of DuckDB writes to one database, so what is built in another one is recorded by
    `note_elsewhere`, at the end of the command. -#}
{% macro is_elsewhere(built) -%}
    {{ return(target.type == 'duckdb' and built.database | lower != target.database | lower) }}
{%- endmacro %}
