{#- Bit masks for finding bigints that differ in at most `bits` bits: two such numbers are equal
    under at least one mask. The 64 bits are dealt in turn to `bits` + 2 bands, so at least two
    bands contain no difference; each mask selects two bands. Bits are dealt in turn because
    neighbouring bits of a dHash tend to be equal, so that a band of neighbours would have few
    different values. -#}
{% macro band_masks(bits) -%}
    {%- set bands = bits + 2 -%}
    {%- set values = [] -%}
    {%- for band in range(bands) -%}
        {%- set value = namespace(sum=0) -%}
        {%- for bit in range(64) if bit % bands == band -%}
            {#- Bit 63 of a bigint is its sign. -#}
            {%- set value.sum = value.sum + (2 ** bit if bit < 63 else -(2 ** 63)) -%}
        {%- endfor -%}
        {%- do values.append(value.sum) -%}
    {%- endfor -%}
    {%- set masks = [] -%}
    {%- for first in range(bands) -%}
        {%- for second in range(first + 1, bands) -%}
            {%- do masks.append(values[first] + values[second]) -%}
        {%- endfor -%}
    {%- endfor -%}
    {{ return(masks) }}
{%- endmacro %}
