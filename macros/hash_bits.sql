{% macro hash_bits(column, first_digit, digits) -%}
    {{ return(adapter.dispatch('hash_bits')(column, first_digit, digits)) }}
{%- endmacro %}

{% macro default__hash_bits(column, first_digit, digits) -%}
    cast(cast(try_cast('0x' || substring({{ column }}, {{ first_digit }}, {{ digits }}) as ubigint) as bit) as bigint)
{%- endmacro %}

{#- The base -10 means a signed number. Otherwise conv() would stop at what is no digit. -#}
{% macro spark__hash_bits(column, first_digit, digits) -%}
    {%- set text = 'substring(' ~ column ~ ', ' ~ first_digit ~ ', ' ~ digits ~ ')' -%}
    case when {{ holds_only(text, '0-9a-fA-F') }} then cast(conv({{ text }}, 16, -10) as bigint) end
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
