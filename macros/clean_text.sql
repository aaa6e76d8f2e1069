{% macro clean_text(column) -%}
    {{ return(adapter.dispatch('clean_text')(column)) }}
{%- endmacro %}

{#- Most text is plain, and this first test is fast. -#}
{% macro default__clean_text(column) -%}
    {%- set text = raw_text(column) -%}
    {%- set visible = replaced_pattern(text, '[' ~ character_list('invisible') ~ ']+', '') -%}
    {%- set spaced = replaced_pattern(visible, '[' ~ character_list('white space') ~ ']+', ' ') -%}
    case
        when
            {{ holds_only(text, ' -~') }}
            and {{ text }} not like ' %'
            and {{ text }} not like '% '
            and {{ text }} not like '%  %'
            then {{ text }}
        else nullif({{ composed_text("trim(both ' ' from " ~ spaced ~ ")") }}, '')
    end
{%- endmacro %}

{#- First, every white-space character becomes a tab and every invisible character a zero-width
    space, which is then removed. To keep one tab of each run, each tab is followed by a space, and
    every space before a tab is removed together with that tab. BIN2 is used throughout, because
    under older collations some characters equal empty text. -#}
{% macro sqlserver__clean_text(column) -%}
    {%- set text = raw_text(column) -%}
    {%- set tab, space = 'nchar(9)', 'nchar(32)' -%}
    {%- set white_space, invisible = character_list('white space'), character_list('invisible') -%}
    nullif(
        case
            when
                {{ text }} not like N'%[^ -~]%'
                and {{ text }} not like N' %'
                and {{ text }} not like N'% '
                and {{ text }} not like N'%  %'
                then {{ text }}
            else trim(
                {{ space }} from
                replace(
                    replace(
                        replace(
                            replace(
                                translate(
                                    {{ text }},
                                    {{ white_space }}+{{ invisible }},
                                    replicate({{ tab }}, {{ white_space.count('nchar') }})
                                    + replicate(nchar(8203), {{ invisible.count('nchar') }})
                                ), nchar(8203), N''
                            ), {{ tab }}, {{ tab }} + {{ space }}
                        ), {{ space }} + {{ tab }}, N''
                    ), {{ tab }} + {{ space }}, {{ space }}
                )
            )
        end, N''
    )
{%- endmacro %}
