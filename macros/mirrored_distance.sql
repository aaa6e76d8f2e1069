{% macro mirrored_distance(relation, other_relation) -%}
    {{ hamming_distance(relation ~ '.MirroredRowBits', other_relation ~ '.RowBits8') }}
    + {{ hamming_distance(relation ~ '.MirroredColumnBits', other_relation ~ '.InnerColumnBits') }}
{%- endmacro %}
