{% macro lower_text(column) -%}
    {{ return(adapter.dispatch('lower_text')(column)) }}
{%- endmacro %}

{% macro default__lower_text(column) -%}
    lower({{ column }})
{%- endmacro %}

{#- Of a capital I with a dot, Spark makes two characters, and of a sigma at the end of a word another one. -#}
{% macro spark__lower_text(column) -%}
    lower(translate({{ column }}, '\u0130\u03a3', 'i\u03c3'))
{%- endmacro %}
