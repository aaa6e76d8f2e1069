{#- Text without white space (space, tab, line ends) around it; nothing left means null. -#}
{% macro clean_text(column) -%}
    {{ return(adapter.dispatch('clean_text')(column)) }}
{%- endmacro %}

{% macro default__clean_text(column) -%}
    nullif(trim(cast({{ column }} as varchar), chr(32) || chr(9) || chr(10) || chr(13)), '')
{%- endmacro %}

{#- BIN2: compare by code, so that case, accents and trailing blanks count as they do on DuckDB. -#}
{% macro sqlserver__clean_text(column) -%}
    nullif(
        trim(
            char(32) + char(9) + char(10) + char(13)
            from cast({{ column }} as nvarchar(max)) collate Latin1_General_100_BIN2
        ), N''
    )
{%- endmacro %}
