{% macro methods() -%}
    {%- set found = [] -%}
    {%- for level in var('hash_levels') -%}
        {%- do found.append({'name': 'level ' ~ level, 'level': level, 'column': 'DHashHex' ~ level}) -%}
    {%- endfor -%}
    {%- do found.append({'name': 'v2', 'level': none, 'column': 'GroupNumber'}) -%}
    {{ return(found) }}
{%- endmacro %}
