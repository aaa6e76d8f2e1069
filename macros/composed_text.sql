{% macro composed_text(text) -%}
    {{ return(adapter.dispatch('composed_text')(text)) }}
{%- endmacro %}

{% macro default__composed_text(text) -%}
    nfc_normalize({{ text }})
{%- endmacro %}

{#- Spark has no function for this, but comes with the library ICU, which takes no null. -#}
{% macro spark__composed_text(text) -%}
    java_method('com.ibm.icu.text.Normalizer', 'compose', coalesce({{ text }}, ''), false)
{%- endmacro %}
