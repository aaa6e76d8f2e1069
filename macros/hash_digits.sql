{#- The minimum and maximum number of hexadecimal digits of a dHash at a level, as the package dhash
    writes it: two numbers of level x level bits, each as short as possible if that is not a
    multiple of 4. -#}
{% macro hash_digits(level) -%}
    {#- A level that is not a number is reported by `check_vars`, which runs after dbt has parsed
        this. -#}
    {%- set size = level | int(1) -%}
    {%- set bits = size * size -%}
    {%- set most = 2 * ((bits + 3) // 4) -%}
    {{ return([1 if size == 1 else 2 * (bits // 4), most]) }}
{%- endmacro %}
