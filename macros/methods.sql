{#- The methods that `level_scorecard` compares: equal hashes at a level, and the groups of version
    2. Each has a name, and a column that is equal for images which the method considers the same. -#}
{% macro methods() -%}
    {%- set found = [] -%}
    {%- for level in var('hash_levels') -%}
        {%- do found.append({'name': 'level ' ~ level, 'level': level, 'column': 'DHashHex' ~ level}) -%}
    {%- endfor -%}
    {%- do found.append({'name': 'v2', 'level': none, 'column': 'GroupNumber'}) -%}
    {{ return(found) }}
{%- endmacro %}
