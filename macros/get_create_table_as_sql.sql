{% macro sqlserver__get_create_table_as_sql(temporary, relation, sql) -%}
    {%- if model.resource_type == 'unit_test' -%}
        {%- do adapter.begin_if_closed() -%}
    {%- endif -%}
    {{ return(dbt.create_table_as(temporary, relation, sql)) }}
{%- endmacro %}
