{% macro quotes_remedy(value) -%}
    {%- set in_quotes = value is string and modules.re.fullmatch('[-+]?[0-9.]+|true|false', value | lower) -%}
    {{ return(". In quotes it is text: write it without quotes" if in_quotes else "") }}
{%- endmacro %}
