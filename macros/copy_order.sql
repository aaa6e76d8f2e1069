{% macro copy_order() -%}
    {{ is_accepted_format('EncodingFormat') }} desc,
    ImageNumber
{%- endmacro %}
