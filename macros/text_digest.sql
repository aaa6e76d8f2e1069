{% macro text_digest(column) -%}
    {{ return(adapter.dispatch('text_digest')(column)) }}
{%- endmacro %}

{% macro default__text_digest(column) -%}
    {{ replaced_pattern('md5(' ~ column ~ ')', '^' ~ '(..)' * 8, '\\4\\3\\2\\1\\6\\5\\8\\7') }}
{%- endmacro %}

{#- varchar, because the digest of nvarchar is that of UTF-16 bytes. Converted through a GUID,
    because not every T-SQL server supports the hexadecimal styles of convert(). -#}
{% macro sqlserver__text_digest(column) -%}
    lower(
        replace(
            cast(
                cast(hashbytes('MD5', cast({{ column }} as varchar(max))) as uniqueidentifier)
                as varchar(36)
            ), '-', ''
        )
    )
{%- endmacro %}
