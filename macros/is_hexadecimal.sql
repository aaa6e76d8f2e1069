{#- Whether text, already in lower case, holds nothing but 0-9 and a-f. -#}
{% macro is_hexadecimal(column) -%}
    {{ return(adapter.dispatch('is_hexadecimal')(column)) }}
{%- endmacro %}

{% macro default__is_hexadecimal(column) -%}
    regexp_full_match({{ column }}, '[0-9a-f]+')
{%- endmacro %}

{#- Under a linguistic collation the range a-f would take in accented letters. -#}
{% macro sqlserver__is_hexadecimal(column) -%}
    ({{ column }} collate Latin1_General_100_BIN2 not like '%[^0-9a-f]%')
{%- endmacro %}
