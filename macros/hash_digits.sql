{% macro hash_digits(level) -%}
    {#- A level that is no number is up to `check_vars`, which comes after dbt has parsed this. -#}
    {%- set size = level | int(1) -%}
    {%- set bits = size * size -%}
    {%- set most = 2 * ((bits + 3) // 4) -%}
    {{ return([1 if size == 1 else 2 * (bits // 4), most]) }}
{%- endmacro %}
