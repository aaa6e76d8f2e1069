{% macro clean_url(column) -%}
    {{ return(adapter.dispatch('clean_url')(column)) }}
{%- endmacro %}

{% macro default__clean_url(column) -%}
    {%- set text = raw_text(column) -%}
    {%- set unseen = '[' ~ character_list('white space') ~ character_list('invisible') ~ ']+' -%}
    case
        when {{ holds_only(text, '!-~') }} then {{ text }}
        else nullif({{ replaced_pattern(text, '\\A' ~ unseen ~ '|' ~ unseen ~ '\\z', '') }}, '')
    end
{%- endmacro %}

{% macro sqlserver__clean_url(column) -%}
    nullif(
        trim(
            {{ character_list('white space') }}+{{ character_list('invisible') }}
            from {{ raw_text(column) }}
        ), N''
    )
{%- endmacro %}
