{% macro parquet_records(table, file, path) -%}
    {%- set reader = "read_parquet('" ~ path ~ "', hive_partitioning = false)" -%}
    {%- set types = {} -%}
    {%- set names = [] -%}
    {%- set own_names = run_query("select name from parquet_schema('" ~ path ~ "')").columns[0].values() -%}
    {%- for row in run_query('describe select * from ' ~ reader).rows -%}
        {#- If two columns differ in letter case only, DuckDB calls the second one URL_1. -#}
        {%- set name = row[0] if row[0] in own_names else modules.re.sub('_\\d+$', '', row[0]) -%}
        {%- do names.append(name) -%}
        {%- do types.update({row[0].lower(): row[1]}) -%}
    {%- endfor -%}
    {%- do check_columns(file, names) -%}
    {%- set names = names | map('lower') | list -%}
    {%- if 'file_row_number' in names -%}
        {{ exceptions.raise_compiler_error("paintings_file '" ~ file ~ "' has a column file_row_number, a name that DuckDB needs for itself: rename it") }}
    {%- endif -%}
    {%- set bytes = [] -%}
    {%- set columns = columns_among(names) -%}
    {%- for column in columns -%}
        {%- set type = types[column.lower()] -%}
        {%- if type == 'BLOB' -%}{%- do bytes.append(column) -%}{%- endif -%}
        {%- if type.endswith(']') or type.startswith(('STRUCT', 'MAP', 'UNION', 'VARIANT')) -%}
            {{ exceptions.raise_compiler_error("paintings_file '" ~ file ~ "': column " ~ column ~ " holds no plain values but " ~ type[:100]) }}
        {%- endif -%}
    {%- endfor -%}
    {%- set records -%}
        create or replace temp view {{ table }} as
        with numbered as (

            select
                file_row_number + 1 as Line
                {%- for column in columns %},
                {{ parquet_text('"' ~ column ~ '"', types[column.lower()]) }} as {{ column }},
                {{ '"' ~ column ~ '"' }} is null as Lacks{{ column }}
                {%- endfor %}
            from read_parquet('{{ path }}', hive_partitioning = false, file_row_number = true)

        )

        select
            Line,
            cast(
                {%- for column in bytes %}
                {{ 'case' if loop.first }} when {{ column }} is null and not Lacks{{ column }} then '{{ column }} is not UTF-8 text'
                {{ 'end' if loop.last }}
                {%- else %} null
                {%- endfor %} as varchar
            ) as Reason
            {%- for column in columns %},
            {{ column }}
            {%- endfor %}
        from numbered
    {%- endset -%}
    {%- do run_query(records) -%}
{%- endmacro %}

{% macro parquet_text(column, type) -%}
    {%- if type == 'BLOB' -%}
        {#- Bytes of a fixed size are padded with NUL. #}
        rtrim(try(decode({{ column }})), chr(0))
    {%- elif type in ('FLOAT', 'DOUBLE') or type.startswith('DECIMAL') -%}
        case
            {%- if not type.startswith('DECIMAL') %}
            when isnan({{ column }}) then null
            {%- endif %}
            when {{ column }} = trunc({{ column }}) and abs({{ column }}) < 9007199254740992
                then cast(try_cast({{ column }} as bigint) as varchar)
            else cast({{ column }} as varchar)
        end
    {%- elif type == 'UUID' -%}
        replace(cast({{ column }} as varchar), '-', '')
    {%- else -%}
        cast({{ column }} as varchar)
    {%- endif -%}
{%- endmacro %}
