{% macro load_paintings() -%}
    {%- if execute and flags.WHICH in ('run', 'build') and is_any_selected() -%}
        {%- if not var('paintings_model') -%}
            {{ return(adapter.dispatch('load_paintings')()) }}
        {%- elif var('paintings_file') -%}
            {{ exceptions.raise_compiler_error("of the vars paintings_model ('" ~ var('paintings_model') ~ "') and paintings_file ('" ~ var('paintings_file') ~ "'), only one can say where the rows come from. Remove the other") }}
        {%- endif -%}
    {%- endif -%}
{%- endmacro %}

{% macro say_what_is_missing(table) -%}
    {%- do log("There is no table " ~ table ~ ", which the models of paintings_dedupe read, so they will fail; other models are built as usual. In dbt_project.yml, name the model with your images (var paintings_model) or the place of the table (vars paintings_database, paintings_schema, paintings_table). docs/dbt-package.md of paintings_dedupe explains them, and how to turn the package off.", info=true) -%}
{%- endmacro %}

{% macro default__load_paintings() -%}
    {%- set table = source('gallery', 'paintings').replace(limit=none) -%}
    {#- The first knows other databases, the second any letter case. -#}
    {%- if is_host() and load_relation(table) is none and not is_table_there(table) -%}
        {%- do say_what_is_missing(table) -%}
    {%- endif -%}
{%- endmacro %}

{% macro duckdb__load_paintings() -%}
    {#- The table itself; under `dbt build --empty`, the source would be a query without rows. -#}
    {%- set table = source('gallery', 'paintings').replace(limit=none) -%}
    {%- set file = var('paintings_file') -%}
    {%- set remedy = "Name a CSV or Parquet file: dbt build --vars '{paintings_file: my.csv}'" -%}
    {%- if not file and load_relation(table) is none and is_host() -%}
        {%- do say_what_is_missing(table) -%}
    {%- elif not file and load_relation(table) is none -%}
        {%- do require_own_place(table) -%}
        {#- A relative name would start in the folder where dbt was started. -#}
        {%- set file = invocation_args_dict.get('project_dir') or '.' -%}
        {%- set file = (file | string).rstrip('/') ~ '/demo/paintings.csv' -%}
        {%- do log("There is no table " ~ table ~ ": loading the sample demo/paintings.csv. " ~ remedy, info=true) -%}
    {%- endif -%}
    {%- if file -%}
        {%- set file = file | string -%}
        {%- set path = literal_path(file) -%}
        {%- if run_query("select 1 from glob('" ~ path ~ "')") | length == 0 -%}
            {{ exceptions.raise_compiler_error("paintings_file '" ~ file ~ "' does not exist" ~ (" in the folder where dbt was started" if not file.startswith(('/', '~')) and '://' not in file else "") ~ ". " ~ remedy) }}
        {%- endif -%}
        {%- set is_parquet = file.lower().endswith('.parquet') -%}
        {%- if is_parquet -%}
            {%- do parquet_records('paintings_records', file, path) -%}
        {%- elif file.lower().endswith(('.gz', '.zst', '.zip', '.xlsx', '.xls', '.ods')) -%}
            {{ exceptions.raise_compiler_error("paintings_file '" ~ file ~ "' is neither CSV nor Parquet. Unpack it, or save it as CSV (UTF-8)") }}
        {%- else -%}
            {%- do text_records('paintings_records', file, path) -%}
        {%- endif -%}
        {%- set counts = run_query(
            "select count(*), count(Reason), min_by(Line, Line) filter (Reason is not null), "
            "arg_min(Reason, Line) filter (Reason is not null) from paintings_records"
        ).rows[0].values() -%}
        {%- if counts[1] and counts[0] == counts[1] -%}
            {{ exceptions.raise_compiler_error("paintings_file '" ~ file ~ "' has no line that is a row. Line " ~ counts[2] ~ ": " ~ counts[3] ~ ". If it is not UTF-8, say so: dbt build --vars '{paintings_file: my.csv, paintings_encoding: cp1252}'") }}
        {%- endif -%}
        {%- if not counts[0] -%}
            {%- do log("Warning: paintings_file '" ~ file ~ "' has columns, but no rows, so the tables will be empty. If it should have rows, check the file.", info=true) -%}
        {%- endif -%}
        {%- do run_query('create schema if not exists ' ~ table.without_identifier()) -%}
        {%- set load -%}
            create or replace table {{ table }} as
            select * exclude (Line, Reason)
            from paintings_records
            where Reason is null
            {%- if not is_parquet %}
            order by Line
            {%- endif %}
        {%- endset -%}
        {%- do run_query(load) -%}
        {%- set rejected = source('records', 'rejected_lines').replace(limit=none) -%}
        {%- do run_query('delete from ' ~ rejected) -%}
        {%- set list_lines -%}
            insert into {{ rejected }}
            select '{{ file[-1000:] | replace("'", "''") }}', Line, Reason
            from paintings_records
            where Reason is not null
            order by Line
        {%- endset -%}
        {%- do run_query(list_lines) -%}
        {%- do run_query('drop ' ~ ('view' if is_parquet else 'table') ~ ' paintings_records') -%}
        {%- if counts[1] -%}
            {%- do log(counted(counts[1], "line", "lines") ~ " of " ~ file ~ " could not be read as rows; rejected_lines lists all of them. The first is line " ~ counts[2] ~ ": " ~ counts[3], info=true) -%}
        {%- endif -%}
    {%- endif -%}
{%- endmacro %}

{#- Spark reads what many processes have written; `ingest` is one. -#}
{% macro spark__load_paintings() -%}
    {%- set table = source('gallery', 'paintings').replace(limit=none) -%}
    {%- if var('paintings_file') -%}
        {{ exceptions.raise_compiler_error("var paintings_file is for DuckDB only. To load the file into Spark: paintings-ingest load '" ~ var('paintings_file') ~ "' --target " ~ target.name) }}
    {%- endif -%}
    {%- if not is_table_there(table) and is_host() -%}
        {%- do say_what_is_missing(table) -%}
    {%- elif not is_table_there(table) -%}
        {{ exceptions.raise_compiler_error("there is no table " ~ table ~ ". Load one, such as the sample: paintings-ingest load demo/paintings.csv --target " ~ target.name ~ ". Or make it in Spark: create table " ~ table ~ " using parquet location '...'") }}
    {%- endif -%}
{%- endmacro %}

{% macro require_own_place(table) -%}
    {%- set named = {} -%}
    {%- for name in ['paintings_database', 'paintings_schema', 'paintings_table'] if var(name) and var(name) != 'Paintings' -%}
        {%- do named.update({name: var(name)}) -%}
    {%- endfor -%}
    {%- if named -%}
        {%- set schemas = run_query(
            "select schema_name from information_schema.schemata where catalog_name = current_database() "
            "and schema_name not in ('information_schema', 'pg_catalog') order by schema_name"
        ).columns[0].values() -%}
        {%- set known = schemas | map('lower') | list -%}
        {%- set lacks = "there is no table " ~ table if table.schema | lower in known else "there is no schema " ~ table.schema -%}
        {{ exceptions.raise_compiler_error(lacks ~ ", which var " ~ named | join(' and ') ~ " names. Schemas of the database: " ~ schemas | join(', ') ~ ". To load a file into it, name one: dbt build --vars '" ~ tojson(dict(named, paintings_file='my.csv')) | replace('"', '') ~ "'") }}
    {%- endif -%}
{%- endmacro %}

{% macro painting_columns() -%}
    {%- set columns = ['Artist', 'ArtistNumber', 'Width', 'Height', 'EncodingFormat', 'Name', 'URL'] -%}
    {%- for level in var('hash_levels') -%}
        {%- do columns.append('DHashHex' ~ level) -%}
    {%- endfor -%}
    {{ return(columns) }}
{%- endmacro %}

{% macro measured_columns() -%}
    {{ return({
        'IsColour': [0, 1], 'ColourCount': [1, 257], 'DetailPixels': [1, 2147483647], 'BorderPercent': [0, 100],
        'IsTurned': [0, 1],
    }) }}
{%- endmacro %}

{% macro columns_among(names) -%}
    {%- set found = painting_columns() -%}
    {%- for column in measured_columns() if column.lower() in names -%}
        {%- do found.append(column) -%}
    {%- endfor -%}
    {{ return(found) }}
{%- endmacro %}

{% macro literal_path(file) -%}
    {%- set path = file if '://' in file else modules.re.sub('([\\[*?])', '[\\1]', file) -%}
    {{ return(path | replace("'", "''")) }}
{%- endmacro %}

{% macro text_records(table, file, path) -%}
    {%- set encoding = true_encoding(path) -%}
    {%- do run_query(csv_lines('paintings_lines', path, encoding)) -%}
    {%- set header = csv_header(file, 'paintings_lines') -%}
    {%- set required = namespace(least=0) -%}
    {%- for column in painting_columns() if column in ('Artist', 'URL') or column.startswith('DHashHex') -%}
        {%- set required.least = [required.least, header.names.index(column.lower()) + 1] | max -%}
    {%- endfor -%}
    {%- do run_query(csv_records('paintings_fields', 'paintings_lines', header.line, header.delimiter, header.names | length, required.least)) -%}
    {%- set by_name -%}
        create or replace temp table {{ table }} as
        select
            Line,
            Reason
            {%- for column in columns_among(header.names) %},
            nullif(Fields[{{ header.names.index(column.lower()) + 1 }}], '') as {{ column }}
            {%- endfor %}
        from paintings_fields
    {%- endset -%}
    {%- do run_query(by_name) -%}
    {%- do run_query('drop table paintings_lines') -%}
    {%- do run_query('drop table paintings_fields') -%}
{%- endmacro %}

{% macro true_encoding(path) -%}
    {%- set start = run_query("select hex(content[1:3]) from read_blob('" ~ path ~ "')").rows[0][0] -%}
    {%- set asked = csv_encodings()[var('paintings_encoding') | lower] -%}
    {%- for mark, encoding in {'EFBBBF': 'utf-8', 'FFFE': 'utf-16-le', 'FEFF': 'utf-16-be'}.items() if start.startswith(mark) -%}
        {{ return(encoding) }}
    {%- endfor -%}
    {{ return(asked) }}
{%- endmacro %}

{% macro csv_encodings() -%}
    {{ return({
        'utf-8': 'utf-8', 'utf-16': 'utf-16-le', 'utf-16-le': 'utf-16-le', 'utf-16-be': 'utf-16-be',
        'cp1252': 'cp1252', 'windows-1252': 'cp1252', 'latin-1': 'latin-1', 'iso-8859-1': 'latin-1',
    }) }}
{%- endmacro %}
