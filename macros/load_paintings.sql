{#- Fill the source table Paintings from the file that the var paintings_file names, at the start
    of `dbt run` and `dbt build`; where no file is named and there is no table yet, from a sample,
    so that the project runs as it is. Only DuckDB loads files: elsewhere an upstream job, or
    `ingest`, fills the table. -#}
{% macro load_paintings() -%}
    {{ return(adapter.dispatch('load_paintings')()) }}
{%- endmacro %}

{% macro default__load_paintings() -%}
{%- endmacro %}

{% macro duckdb__load_paintings() -%}
    {%- if execute and flags.WHICH in ('run', 'build') -%}
        {#- The table itself, which under `dbt build --empty` would be a query without rows. -#}
        {%- set table = source('gallery', 'paintings').replace(limit=none) -%}
        {%- set file = var('paintings_file') -%}
        {%- set remedy = "Name a CSV or Parquet file: dbt build --vars '{paintings_file: my.csv}'" -%}
        {%- if not file and load_relation(table) is none -%}
            {%- set file = 'demo/paintings.csv' -%}
            {%- do log("There is no table " ~ table ~ ": loading the sample " ~ file ~ ". " ~ remedy, info=true) -%}
        {%- endif -%}
        {%- if file -%}
            {%- set path = file | replace("'", "''") -%}
            {%- if run_query("select 1 from glob('" ~ path ~ "')") | length == 0 -%}
                {{ exceptions.raise_compiler_error("paintings_file '" ~ file ~ "' does not exist. " ~ remedy) }}
            {%- endif -%}
            {#- No sniffing: a hash such as 00e1 is no number, a title with # no comment. -#}
            {%- set reader -%}
                {%- if file.lower().endswith('.parquet') -%}
                    read_parquet('{{ path }}')
                {%- else -%}
                    read_csv('{{ path }}', header = true, delim = ',', quote = '"', escape = '"', skip = 0, comment = '', all_varchar = true)
                {%- endif -%}
            {%- endset -%}
            {%- set columns = ['Artist', 'ArtistNumber', 'Width', 'Height', 'EncodingFormat', 'Name', 'URL'] -%}
            {%- for level in var('hash_levels') -%}
                {%- do columns.append('DHashHex' ~ level) -%}
            {%- endfor -%}
            {%- set missing = [] -%}
            {%- set found = run_query('describe select * from ' ~ reader).columns[0].values() | map('lower') | list -%}
            {%- for column in columns if column.lower() not in found -%}
                {%- do missing.append(column) -%}
            {%- endfor -%}
            {%- if missing -%}
                {{ exceptions.raise_compiler_error("paintings_file '" ~ file ~ "' lacks the column(s) " ~ missing | join(', ') ~ ". It has: " ~ found | join(', ')) }}
            {%- endif -%}
            {%- do run_query('create schema if not exists ' ~ table.without_identifier()) -%}
            {%- set load -%}
                create or replace table {{ table }} as
                select
                    {%- for column in columns %}
                    cast("{{ column }}" as varchar) as {{ column }}{{ ',' if not loop.last }}
                    {%- endfor %}
                from {{ reader }}
            {%- endset -%}
            {%- do run_query(load) -%}
        {%- endif -%}
    {%- endif -%}
{%- endmacro %}
