{% macro create_own_tables() -%}
    {%- if execute and flags.WHICH in ('run', 'build', 'test', 'retry', 'clone') -%}
        {%- for source_table in [
            source('uploads', 'upload_results'), source('matches', 'image_matches'),
            source('records', 'rejected_lines'), source('records', 'table_builds')
        ] -%}
            {#- The table itself; under `dbt build --empty`, the source would be a query without
                rows. -#}
            {%- set table = source_table.replace(limit=none) -%}
            {#- In any letter case, because servers differ in the one they keep. -#}
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
        {%- endfor -%}
    {%- endif -%}
{%- endmacro %}
