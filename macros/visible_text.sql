{% macro visible_text(column) -%}
    {{ return(adapter.dispatch('visible_text')(column)) }}
{%- endmacro %}

{% macro default__visible_text(column) -%}
    {{ each_character(
        column, "case when " ~ is_unseen('ascii(c)') ~ " then printf('<U+%04X>', ascii(c)) else c end"
    ) }}
{%- endmacro %}

{#- BIN2, because under some collations a position is a character instead of a unit. The dot is
    needed because len() ignores spaces at the end. The first two digits are limited separately, so
    that a text of 20 characters takes about 60 rows instead of 4,096. -#}
{% macro sqlserver__visible_text(column) -%}
    {%- set length = 'len(' ~ exact_text(column) ~ " + N'.') - 1" -%}
    (
        select
            string_agg(
                cast(
                    case
                        when {{ is_unseen('units.Code') }}
                            then concat(
                                N'<U+'
                                {%- for power in [4096, 256, 16, 1] %},
                                substring('0123456789ABCDEF', units.Code / {{ power }} % 16 + 1, 1)
                                {%- endfor %},
                                N'>'
                            )
                        else units.Unit
                    end as nvarchar(max)
                ), N''
            ) within group (order by units.Place)
        from (
            select
                characters.Place,
                characters.Unit,
                unicode(characters.Unit) as Code
            from (
                select
                    places.Place,
                    substring({{ exact_text(column) }}, places.Place, 1) as Unit
                from (
                    select 256 * high.Digit + 16 * middle.Digit + low.Digit + 1 as Place
                    {%- for digit in ['high', 'middle', 'low'] %}
                    {{ 'from' if loop.first else 'cross join' }} (
                        values {% for n in range(16) %}({{ n }}){{ ', ' if not loop.last }}{% endfor %}
                    ) as {{ digit }} (Digit)
                    {%- endfor %}
                    where
                        256 * high.Digit < {{ length }}
                        and 256 * high.Digit + 16 * middle.Digit < {{ length }}
                ) as places
                where places.Place <= {{ length }}
            ) as characters
        ) as units
    )
{%- endmacro %}
