{% macro hamming_distance(bits, other_bits) -%}
    {{ return(adapter.dispatch('hamming_distance')(bits, other_bits)) }}
{%- endmacro %}

{% macro default__hamming_distance(bits, other_bits) -%}
    cast(bit_count(xor({{ bits }}, {{ other_bits }})) as int)
{%- endmacro %}

{% macro spark__hamming_distance(bits, other_bits) -%}
    bit_count({{ bits }} ^ {{ other_bits }})
{%- endmacro %}

{#- BIT_COUNT requires SQL Server 2022. Without it, bits are counted by arithmetic. Eight terms each
    take one bit of every byte, so that their sum has in each byte the number of its bits; the
    remainder modulo 255 adds up the bytes, just as casting out nines adds digits. The sign bit is
    counted separately, because dividing a negative number rounds towards zero. Parentheses are
    needed because + and & have the same precedence in T-SQL, and casts because it treats long
    numbers as decimals, which have no bits. -#}
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
