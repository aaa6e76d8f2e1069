{% macro hash_distance(relation, other_relation, level=8) -%}
    {{ hamming_distance(relation ~ '.RowBits' ~ level, other_relation ~ '.RowBits' ~ level) }}
    + {{ hamming_distance(relation ~ '.ColumnBits' ~ level, other_relation ~ '.ColumnBits' ~ level) }}
{%- endmacro %}
