{#- A number in [0, 1) as a double: the first 48 bits of md5(split_seed ':' column), divided by
    2^48. A double represents 48 bits exactly, so every engine gives the same digits. MD5: RFC 1321. -#}
{% macro seeded_random(column) -%}
    {{ return(adapter.dispatch('seeded_random')(column)) }}
{%- endmacro %}

{% macro default__seeded_random(column) -%}
    cast(
        cast('0x' || left(md5('{{ var("split_seed") }}:' || {{ column }}), 12) as bigint) as double precision
    ) / 281474976710656
{%- endmacro %}

{#- varchar, because the digest of nvarchar is that of UTF-16 bytes. -#}
{% macro sqlserver__seeded_random(column) -%}
    cast(
        cast(
            substring(hashbytes('MD5', '{{ var("split_seed") }}:' + cast({{ column }} as varchar(40))), 1, 6) as bigint
        ) as double precision
    ) / 281474976710656
{%- endmacro %}
