{#- The Hamming distance of the 128 bits of two DHashHex8, or of the 72 bits of two DHashHex6. -#}
{% macro hash_distance(relation, other_relation, level=8) -%}
    {{ hamming_distance(relation ~ '.RowBits' ~ level, other_relation ~ '.RowBits' ~ level) }}
    + {{ hamming_distance(relation ~ '.ColumnBits' ~ level, other_relation ~ '.ColumnBits' ~ level) }}
{%- endmacro %}
