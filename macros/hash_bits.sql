{#- Some digits (at most 16) of hexadecimal text as a bigint, the first digit highest. Sixteen
    digits fill it: from 8 on, the first makes it negative, as two's complement has it. -#}
{% macro hash_bits(column, first_digit, digits) -%}
    {{ return(adapter.dispatch('hash_bits')(column, first_digit, digits)) }}
{%- endmacro %}

{% macro default__hash_bits(column, first_digit, digits) -%}
    cast(cast(try_cast('0x' || substring({{ column }}, {{ first_digit }}, {{ digits }}) as ubigint) as bit) as bigint)
{%- endmacro %}

{#- Zeros in front, since only whole bytes are read. -#}
{% macro sqlserver__hash_bits(column, first_digit, digits) -%}
    cast(
        try_convert(
            varbinary(8), '{{ '0' * (16 - digits) }}' + substring({{ column }}, {{ first_digit }}, {{ digits }}), 2
        ) as bigint
    )
{%- endmacro %}
