{% macro clean_text(column) -%}
    {{ return(adapter.dispatch('clean_text')(column)) }}
{%- endmacro %}

{#- Most text is plain, and the first test is quick. -#}
{% macro default__clean_text(column) -%}
    {%- set text = raw_text(column) -%}
    case
        when regexp_full_match({{ text }}, '[!-~]+(?: [!-~]+)*') then {{ text }}
        else nullif(
            nfc_normalize(
                trim(
                    regexp_replace(
                        regexp_replace({{ text }}, '[{{ character_list("invisible") }}]+', '', 'g'),
                        '[{{ character_list("white space") }}]+', ' ', 'g'
                    ), ' '
                )
            ), ''
        )
    end
{%- endmacro %}

{#- First every white space becomes a tab, and whatever is invisible a zero-width space, which goes.
    Of a run of tabs one is left: each is followed by a space, and where a space is before a tab,
    both go. BIN2 throughout, since under older collations
    some characters equal the empty text. -#}
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
