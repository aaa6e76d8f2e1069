{% macro bit_changes(bits) -%}
    {%- set terms = [] -%}
    {%- for places, kept in [(1, 9187201950435737471), (8, 2 ** 56 - 1)] -%}
        {#- Which bits are shifted onto those that are kept, as a signed number. -#}
        {%- set shifted = kept * 2 ** places - 2 ** 64 -%}
        {%- do terms.append(hamming_distance(
            '(' ~ shifted_right(bits ~ ' & cast(' ~ shifted ~ ' as bigint)', places) ~ ' & cast(' ~ kept ~ ' as bigint))',
            '(' ~ bits ~ ' & cast(' ~ kept ~ ' as bigint))'
        )) -%}
    {%- endfor -%}
    {{ terms | join(' + ') }}
{%- endmacro %}
