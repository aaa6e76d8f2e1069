{#- The fewest and the most hexadecimal digits of a dHash at a level, as the package dhash writes it:
    two numbers of level x level bits, each as short as it may be where that is no multiple of 4. -#}
{% macro hash_digits(level) -%}
    {#- A level that is no number is up to `check_vars`, which comes after dbt has parsed this. -#}
    {%- set size = level | int(1) -%}
    {%- set bits = size * size -%}
    {%- set most = 2 * ((bits + 3) // 4) -%}
    {{ return([1 if size == 1 else 2 * (bits // 4), most]) }}
{%- endmacro %}
