{#- A unit test makes a table only to learn its columns' types, and dbt drops it inside a transaction
    that is rolled back. So it is made inside that transaction, too: dbt begins one earlier only
    where it asks the server for the types of given rows, and else the table would stay for ever. -#}
{% macro sqlserver__get_create_table_as_sql(temporary, relation, sql) -%}
    {%- if model.resource_type == 'unit_test' -%}
        {%- do adapter.begin_if_closed() -%}
    {%- endif -%}
    {{ return(dbt.create_table_as(temporary, relation, sql)) }}
{%- endmacro %}
