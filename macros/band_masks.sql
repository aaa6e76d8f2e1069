{#- Masks for finding hashes of 128 bits (two bigints) that differ in at most so many: such two are
    equal under at least one of the masks, each a pair of bigints. The bits are dealt to three parts,
    so one part holds at most a third of the differences, and there to two bands more than that, so
    two bands at least hold none; a mask shows two bands of a part. Bits are dealt in turn, since
    neighbours in a dHash tend to be equal and would crowd a band into few values. -#}
{% macro band_masks(bits) -%}
    {%- set parts = 3 -%}
    {%- set bands = bits // parts + 2 -%}
    {%- set masks = [] -%}
    {%- for part in range(parts) -%}
        {%- for first in range(bands) -%}
            {%- for second in range(first + 1, bands) -%}
                {%- set mask = namespace(row=0, column=0) -%}
                {%- for bit in range(128) if bit % parts == part and bit // parts % bands in (first, second) -%}
                    {#- Bit 63 of a bigint is its sign. -#}
                    {%- set value = 2 ** (bit % 64) if bit % 64 < 63 else -(2 ** 63) -%}
                    {%- if bit < 64 -%}
                        {%- set mask.row = mask.row + value -%}
                    {%- else -%}
                        {%- set mask.column = mask.column + value -%}
                    {%- endif -%}
                {%- endfor -%}
                {%- do masks.append({'RowBits8': mask.row, 'ColumnBits8': mask.column}) -%}
            {%- endfor -%}
        {%- endfor -%}
    {%- endfor -%}
    {{ return(masks) }}
{%- endmacro %}
