{#- In how many of 120 bits one DHashHex8 differs from that of the other's mirror image. -#}
{% macro mirrored_distance(relation, other_relation) -%}
    {{ hamming_distance(relation ~ '.MirroredRowBits', other_relation ~ '.RowBits8') }}
    + {{ hamming_distance(relation ~ '.MirroredColumnBits', other_relation ~ '.InnerColumnBits') }}
{%- endmacro %}
