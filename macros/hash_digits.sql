{% macro hash_digits(level) -%}
    {#- A level that is not a number is reported by `check_vars`, which runs after dbt has parsed
        this. -#}
    {%- set level = level | int(1) -%}
    {%- set bits = level * level -%}
    {%- set most = 2 * ((bits + 3) // 4) -%}
    {{ return([1 if level == 1 else 2 * (bits // 4), most]) }}
{%- endmacro %}
