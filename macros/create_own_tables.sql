{% macro create_own_tables() -%}
    {%- if execute and flags.WHICH in ('run', 'build', 'seed', 'test', 'retry', 'clone') and is_any_selected() -%}
        {%- for source_table in [
            source('uploads', 'upload_results'), source('matches', 'image_matches'), source('records', 'rejected_lines'),
            source('records', 'table_builds'), source('records', 'verdict_loads')
        ] -%}
            {#- The table itself; under `dbt build --empty`, the source would be a query without
                rows. -#}
            {%- set table = source_table.replace(limit=none) -%}
            {%- set described = graph.sources.values() | selectattr('package_name', 'equalto', 'paintings_dedupe') | selectattr('identifier', 'equalto', table.identifier) | first -%}
            {%- set types = {} -%}
            {%- for column in described.columns.values() -%}
                {%- do types.update({column.name: column.data_type}) -%}
            {%- endfor -%}
            {%- do create_missing_table(table, types) -%}
        {%- endfor -%}
        {#- `dbt run` loads no seeds. -#}
        {%- set seed = verdicts_seed() -%}
        {%- if seed.unique_id not in selected_resources -%}
            {%- do create_missing_table(
                api.Relation.create(database=seed.database, schema=seed.schema, identifier=seed.alias), seed.config.column_types
            ) -%}
        {%- endif -%}
    {%- endif -%}
{%- endmacro %}

{% macro create_missing_table(table, types) -%}
    {%- if not is_table_there(table) -%}
        {%- do adapter.create_schema(table) -%}
        {%- set create -%}
            create table {{ table }} (
                {%- for name, type in types.items() %}
                {{ name }} {{ sql_type(type) }}{{ ',' if not loop.last }}
                {%- endfor %}
            )
        {%- endset -%}
        {%- do run_query(create) -%}
    {%- endif -%}
{%- endmacro %}
