{#- Bit 63 is the sign: it is moved by itself, because multiplying into it overflows and dividing it
    fills the bits below. -#}
{% macro reversed_bytes(bits) -%}
    {%- set lowest = 72340172838076673 -%}
    {%- set top = 2 ** 56 -%}
    (
        (({{ bits }} & cast({{ lowest - top }} as bigint)) * 128)
        {%- for bit in range(1, 4) %}
        + (({{ bits }} & cast({{ lowest * 2 ** bit }} as bigint)) * {{ 2 ** (7 - 2 * bit) }})
        {%- endfor %}
        {%- for bit in range(4, 7) %}
        + {{ shifted_right(bits ~ ' & cast(' ~ lowest * 2 ** bit ~ ' as bigint)', 2 * bit - 7) }}
        {%- endfor %}
        + {{ shifted_right(bits ~ ' & cast(' ~ (lowest - top) * 128 ~ ' as bigint)', 7) }}
        + case when {{ bits }} < 0 then cast({{ top }} as bigint) else 0 end
        + case
            when ({{ bits }} & cast({{ top }} as bigint)) = 0 then 0
            else cast({{ -(2 ** 63) }} as bigint)
        end
    )
{%- endmacro %}
