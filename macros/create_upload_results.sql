{#- Make the source table UploadResults, empty, where the uploader has not made it yet, at the start
    of `dbt run`, `dbt build` and `dbt test`: the models that read it are there from the first run.
    Its columns are those of the source's description. -#}
{% macro create_upload_results() -%}
    {%- if execute and flags.WHICH in ('run', 'build', 'test') -%}
        {#- The table itself, which under `dbt build --empty` would be a query without rows. -#}
        {%- set table = source('uploads', 'upload_results').replace(limit=none) -%}
        {#- In any letter case: servers differ in which they keep. -#}
        {%- set found -%}
            select 1 from information_schema.tables
            where lower(table_schema) = '{{ table.schema | lower }}' and lower(table_name) = '{{ table.identifier | lower }}'
        {%- endset -%}
        {%- if run_query(found) | length == 0 -%}
            {%- set described = graph.sources.values() | selectattr('identifier', 'equalto', table.identifier) | first -%}
            {%- do adapter.create_schema(table) -%}
            {%- set create -%}
                create table {{ table }} (
                    {%- for column in described.columns.values() %}
                    {{ column.name }} {{ column.data_type }}{{ ',' if not loop.last }}
                    {%- endfor %}
                )
            {%- endset -%}
            {%- do run_query(create) -%}
        {%- endif -%}
    {%- endif -%}
{%- endmacro %}
