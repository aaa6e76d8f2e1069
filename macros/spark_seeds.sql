{% macro spark__create_csv_table(model, agate_table) -%}
    {%- for name, type in model.config.column_types.items() -%}
        {%- do model.config.column_types.update({name: sql_type(type)}) -%}
    {%- endfor -%}
    {{ return(dbt.spark__create_csv_table(model, agate_table)) }}
{%- endmacro %}

{% macro spark__load_csv_rows(model, agate_table) -%}
    {%- set statements = [] -%}
    {%- for chunk in agate_table.rows | batch(get_batch_size()) -%}
        {%- set insert -%}
            insert into {{ this }} values
            {%- for row in chunk %}
            (
                {%- for value in row -%}
                {{ 'null' if value is none else spark_literal(value) }}{{ ', ' if not loop.last }}
                {%- endfor -%}
            ){{ ',' if not loop.last }}
            {%- endfor %}
        {%- endset -%}
        {%- do run_query(insert) -%}
        {%- do statements.append(insert) -%}
    {%- endfor -%}
    {{ return(statements[0] if statements else '') }}
{%- endmacro %}
