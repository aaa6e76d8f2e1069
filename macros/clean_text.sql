{#- A value of any type as text, without white space (space, tab, line ends) around it; nothing left
    means null. -#}
{% macro clean_text(column) -%}
    {{ return(adapter.dispatch('clean_text')(column)) }}
{%- endmacro %}

{% macro default__clean_text(column) -%}
    nullif(trim(cast({{ column }} as varchar), chr(32) || chr(9) || chr(10) || chr(13)), '')
{%- endmacro %}

{#- Style 3 writes every digit of a float; without it 1234567.0 becomes 1.23457e+006. BIN2, since
    under older collations some characters equal the empty text. -#}
{% macro sqlserver__clean_text(column) -%}
    nullif(
        trim(
            nchar(32) + nchar(9) + nchar(10) + nchar(13)
            from convert(nvarchar(max), {{ column }}, 3) collate Latin1_General_100_BIN2
        ), N''
    )
{%- endmacro %}
