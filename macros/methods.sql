{#- The ways to tell duplicates that `level_scorecard` compares: by equal hashes of a level, and by the
    groups of version 2. Each with its name, and the column of `int_images_grouped` in which images
    that it takes for one are equal. -#}
{% macro methods() -%}
    {%- set found = [] -%}
    {%- for level in var('hash_levels') -%}
        {%- do found.append({'name': 'level ' ~ level, 'level': level, 'column': 'DHashHex' ~ level}) -%}
    {%- endfor -%}
    {%- do found.append({'name': 'v2', 'level': none, 'column': 'GroupNumber'}) -%}
    {{ return(found) }}
{%- endmacro %}
