{% macro is_table_there(table) -%}
    {{ return(adapter.dispatch('is_table_there')(table)) }}
{%- endmacro %}

{#- In any letter case, because servers differ in the one they keep. DuckDB lists the tables of all databases
    that are attached. -#}
{% macro default__is_table_there(table) -%}
    {{ return(is_listed(table, 'information_schema')) }}
{%- endmacro %}

{#- SQL Server lists those of one database. -#}
{% macro sqlserver__is_table_there(table) -%}
    {{ return(is_listed(table, '"' ~ table.database ~ '".information_schema')) }}
{%- endmacro %}

{% macro is_listed(table, information_schema) -%}
    {%- set found -%}
        select 1 from {{ information_schema }}.tables
        where
            lower(table_catalog) = '{{ table.database | lower }}'
            and lower(table_schema) = '{{ table.schema | lower }}'
            and lower(table_name) = '{{ table.identifier | lower }}'
    {%- endset -%}
    {{ return(run_query(found) | length > 0) }}
{%- endmacro %}

{#- Apache Spark has no information_schema. -#}
{% macro spark__is_table_there(table) -%}
    {{ return(load_relation(table) is not none) }}
{%- endmacro %}
