{#- The fewest and the most hexadecimal digits of a dHash at a level, as the package dhash writes it:
    two numbers of level x level bits, each as short as it may be where that is no multiple of 4. -#}
{% macro hash_digits(level) -%}
    {#- A level that is none is told by `check_vars`, which runs later than this is parsed. -#}
    {%- set level = level | int -%}
    {%- set bits = level * level -%}
    {%- set most = 2 * ((bits + 3) // 4) -%}
    {{ return([1 if level == 1 else 2 * (bits // 4), most]) }}
{%- endmacro %}
