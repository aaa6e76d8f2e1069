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
