{% macro hamming_distance(bits, other_bits) -%}
    {{ return(adapter.dispatch('hamming_distance')(bits, other_bits)) }}
{%- endmacro %}

{% macro default__hamming_distance(bits, other_bits) -%}
    cast(bit_count(xor({{ bits }}, {{ other_bits }})) as int)
{%- endmacro %}

{#- BIT_COUNT came with SQL Server 2022. Before, bits are counted by arithmetic: eight sums take a
    bit of each byte, which leaves in each byte the number of its bits; the remainder by 255 adds
    the bytes up, as casting out nines adds digits. The sign is counted apart: a negative number
    would be divided towards zero. Parentheses all over, since T-SQL gives + and & one precedence;
    casts, since it takes long numbers for decimals, which have no bits. -#}
{% macro sqlserver__hamming_distance(bits, other_bits) -%}
    {%- if var('sqlserver_bit_count') -%}
    cast(bit_count({{ bits }} ^ {{ other_bits }}) as int)
    {%- else -%}
    (
        cast(
            (
                {%- for bit in range(8) %}
                (((({{ bits }} ^ {{ other_bits }}) & cast(9223372036854775807 as bigint)) / {{ 2 ** bit }}) & cast(72340172838076673 as bigint))
                {{- ' +' if not loop.last }}
                {%- endfor %}
            ) % 255 as int
        ) + case when ({{ bits }} ^ {{ other_bits }}) < 0 then 1 else 0 end
    )
    {%- endif -%}
{%- endmacro %}
