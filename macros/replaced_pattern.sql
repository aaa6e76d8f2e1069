{% macro replaced_pattern(text, pattern, replacement) -%}
    {{ return(adapter.dispatch('replaced_pattern')(text, pattern, replacement)) }}
{%- endmacro %}

{% macro default__replaced_pattern(text, pattern, replacement) -%}
    regexp_replace({{ text }}, '{{ pattern }}', '{{ replacement }}', 'g')
{%- endmacro %}

{% macro spark__replaced_pattern(text, pattern, replacement) -%}
    regexp_replace({{ text }}, r'{{ pattern }}', r'{{ replacement | replace('\\', '$') }}')
{%- endmacro %}
