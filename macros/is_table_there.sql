{% macro is_table_there(table) -%}
    {{ return(adapter.dispatch('is_table_there')(table)) }}
{%- endmacro %}

{#- In any letter case, because servers differ in the one they keep. -#}
{% macro default__is_table_there(table) -%}
    {%- set found -%}
        select 1 from information_schema.tables
        where lower(table_schema) = '{{ table.schema | lower }}' and lower(table_name) = '{{ table.identifier | lower }}'
    {%- endset -%}
    {{ return(run_query(found) | length > 0) }}
{%- endmacro %}

{#- Apache Spark has no information_schema. -#}
{% macro spark__is_table_there(table) -%}
    {{ return(load_relation(table) is not none) }}
{%- endmacro %}
