{% macro holds_only(column, characters) -%}
    {{ return(adapter.dispatch('holds_only')(column, characters)) }}
{%- endmacro %}

{% macro default__holds_only(column, characters) -%}
    {{ matches_pattern(column, '[' ~ characters ~ ']+') }}
{%- endmacro %}

{#- Under a linguistic collation, the range a-f would include accented letters. -#}
{% macro sqlserver__holds_only(column, characters) -%}
    ({{ column }} collate Latin1_General_100_BIN2 not like '%[^{{ characters }}]%')
{%- endmacro %}
