{% macro matches_pattern(text, pattern) -%}
    {{ return(adapter.dispatch('matches_pattern')(text, pattern)) }}
{%- endmacro %}

{% macro default__matches_pattern(text, pattern) -%}
    regexp_full_match({{ text }}, '{{ pattern }}')
{%- endmacro %}

{#- In a raw literal, a backslash is a backslash. -#}
{% macro spark__matches_pattern(text, pattern) -%}
    regexp_like({{ text }}, r'\A(?:{{ pattern }})\z')
{%- endmacro %}
