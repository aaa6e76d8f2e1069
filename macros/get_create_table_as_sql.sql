{#- A unit test creates a table only to learn the types of its columns, and dbt drops it in a
    transaction that is rolled back. Therefore the table must be created in that transaction as
    well. dbt begins one earlier only if it asks the server for the types of given rows; otherwise
    the table would stay. -#}
{% macro sqlserver__get_create_table_as_sql(temporary, relation, sql) -%}
    {%- if model.resource_type == 'unit_test' -%}
        {%- do adapter.begin_if_closed() -%}
    {%- endif -%}
    {{ return(dbt.create_table_as(temporary, relation, sql)) }}
{%- endmacro %}
