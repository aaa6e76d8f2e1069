{#- Bit masks for finding bigints that differ in at most so many bits: such two are equal under at
    least one of the masks. The 64 bits go in turn to two bands more than bits may differ, so two
    bands at least hold no difference; a mask shows two bands. Bits go in turn, since neighbours
    in a dHash tend to be equal and would crowd a band into few values. -#}
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
