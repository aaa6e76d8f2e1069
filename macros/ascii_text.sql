{% macro ascii_text(column) -%}
    {{ return(adapter.dispatch('ascii_text')(column)) }}
{%- endmacro %}

{% macro default__ascii_text(column) -%}
    case
        when {{ holds_only(column, ' -~') }} then {{ column }}
        else {{ dbt.concat(["' '", each_character(
            column,
            "case
                when ascii(c) < 65536 then printf('%d', ascii(c))
                else printf('%d.%d', 55296 + ((ascii(c) - 65536) >> 10), 56320 + (ascii(c) & 1023))
            end",
            separator='.'
        )]) }}
    end
{%- endmacro %}

{#- BIN2, because under some collations a position is a character instead of a unit. The first two
    digits are limited separately, so that a name of 20 characters takes about 60 rows instead of
    4,096. -#}
{% macro sqlserver__ascii_text(column) -%}
    case
        when {{ holds_only(column, ' -~') }} then cast({{ column }} as varchar(4000))
        else (
            select ' ' + string_agg(cast(units.Code as varchar(max)), '.') within group (order by units.Place)
            from (
                select
                    places.Place,
                    unicode(substring({{ exact_text(column) }}, places.Place, 1)) as Code
                from (
                    select 256 * high.Digit + 16 * middle.Digit + low.Digit + 1 as Place
                    {%- for digit in ['high', 'middle', 'low'] %}
                    {{ 'from' if loop.first else 'cross join' }} (
                        values {% for n in range(16) %}({{ n }}){{ ', ' if not loop.last }}{% endfor %}
                    ) as {{ digit }} (Digit)
                    {%- endfor %}
                    where
                        256 * high.Digit < {{ text_length(column) }}
                        and 256 * high.Digit + 16 * middle.Digit < {{ text_length(column) }}
                ) as places
                where places.Place <= {{ text_length(column) }}
            ) as units
        )
    end
{%- endmacro %}
