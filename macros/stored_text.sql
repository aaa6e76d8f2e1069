{% macro stored_text(column, length) -%}
    {{ return(adapter.dispatch('stored_text')(column, length)) }}
{%- endmacro %}

{#- A cast does not truncate here. Text of no more bytes fits. Otherwise, each character of two
    units gets U+FFFF as a second one while the text is cut, so a U+FFFF of its own becomes U+FFFD. -#}
{% macro default__stored_text(column, length) -%}
    {%- set wide = '[\\x{10000}-\\x{10ffff}]' -%}
    cast(
        case
            when strlen({{ column }}) <= {{ length }} then {{ column }}
            else replace(
                regexp_replace(
                    left(
                        regexp_replace(
                            replace({{ column }}, chr(65535), chr(65533)), '({{ wide }})', '\1' || chr(65535), 'g'
                        ),
                        {{ length }}
                    ), '{{ wide }}$', ''
                ), chr(65535), ''
            )
        end as nvarchar({{ length }})
    )
{%- endmacro %}

{#- In UTF-16, two bytes a unit. The first unit of a surrogate pair begins with D8 to DB. -#}
{% macro spark__stored_text(column, length) -%}
    {%- set units = "encode(" ~ column ~ ", 'UTF-16BE')" -%}
    case
        when bit_length({{ column }}) <= {{ 8 * length }} then {{ column }}
        else decode(
            substring(
                {{ units }},
                1,
                case
                    when hex(substring({{ units }}, {{ 2 * length - 1 }}, 1)) between 'D8' and 'DB' then {{ 2 * length - 2 }}
                    else {{ 2 * length }}
                end
            ), 'UTF-16BE'
        )
    end
{%- endmacro %}

{#- The first unit of a surrogate pair is between 55296 and 56319. -#}
{% macro sqlserver__stored_text(column, length) -%}
    {%- set text = exact_text(column) -%}
    cast(
        left(
            {{ text }},
            case
                when unicode(substring({{ text }}, {{ length }}, 1)) between 55296 and 56319 then {{ length - 1 }}
                else {{ length }}
            end
        ) as nvarchar({{ length }})
    ) collate database_default
{%- endmacro %}
