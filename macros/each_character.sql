{% macro each_character(text, expression, separator='') -%}
    {{ return(adapter.dispatch('each_character')(text, expression, separator)) }}
{%- endmacro %}

{% macro default__each_character(text, expression, separator='') -%}
    array_to_string(
        list_transform(regexp_extract_all({{ text }}, '(?s).'), lambda c: {{ expression }}), '{{ separator }}'
    )
{%- endmacro %}

{% macro spark__each_character(text, expression, separator='') -%}
    array_join(
        transform(regexp_extract_all({{ text }}, '(?s).', 0), c -> {{ expression }}), '{{ separator }}'
    )
{%- endmacro %}
