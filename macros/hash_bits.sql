{% macro hash_bits(column, first_digit, digits) -%}
    {{ return(adapter.dispatch('hash_bits')(column, first_digit, digits)) }}
{%- endmacro %}

{% macro default__hash_bits(column, first_digit, digits) -%}
    cast(cast(try_cast('0x' || substring({{ column }}, {{ first_digit }}, {{ digits }}) as ubigint) as bit) as bigint)
{%- endmacro %}

{#- Converted as the last sixteen digits of a GUID, whose bytes are in the order of the text,
    because not every T-SQL server supports the hexadecimal styles of convert(). -#}
{% macro sqlserver__hash_bits(column, first_digit, digits) -%}
    cast(
        substring(
            cast(
                try_cast(
                    '00000000-0000-0000-'
                    + stuff('{{ '0' * (16 - digits) }}' + substring({{ column }}, {{ first_digit }}, {{ digits }}), 5, 0, '-')
                    as uniqueidentifier
                ) as varbinary(16)
            ), 9, 8
        ) as bigint
    )
{%- endmacro %}
