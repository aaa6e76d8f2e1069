{% macro shifted_right(bits, places) -%}
    {{ return(adapter.dispatch('shifted_right')(bits, places)) }}
{%- endmacro %}

{% macro default__shifted_right(bits, places) -%}
    (({{ bits }}) >> {{ places }})
{%- endmacro %}

{% macro sqlserver__shifted_right(bits, places) -%}
    (({{ bits }}) / {{ 2 ** places }})
{%- endmacro %}
