{#- The MD5 digest (RFC 1321) of text of any alphabet, as 32 hexadecimal digits. SQL Server digests
    nvarchar as UTF-16, low byte first (RFC 2781), so other engines do the same. -#}
{% macro text_digest(column) -%}
    {{ return(adapter.dispatch('text_digest')(column)) }}
{%- endmacro %}

{#- ASCII, by far the most, gets a zero after each byte. Otherwise a character beyond U+FFFF takes
    two units, and the bytes of each unit change places. -#}
{% macro default__text_digest(column) -%}
    md5(unhex(case when strlen({{ column }}) = length({{ column }})
        then regexp_replace(hex({{ column }}), '(..)', '\100', 'g')
    else regexp_replace(array_to_string(list_transform(
        regexp_extract_all({{ column }}, '(?s).'),
        lambda c: case
            when unicode(c) < 65536 then printf('%04x', unicode(c))
            else printf('%04x%04x', 55296 + (unicode(c) - 65536) // 1024, 56320 + unicode(c) % 1024)
        end
    ), ''), '(..)(..)', '\2\1', 'g') end))
{%- endmacro %}

{% macro sqlserver__text_digest(column) -%}
    lower(convert(varchar(32), hashbytes('MD5', cast({{ column }} as nvarchar(4000))), 2))
{%- endmacro %}
