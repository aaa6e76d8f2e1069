{% macro character_list(kind) -%}
    {{ return(adapter.dispatch('character_list')(kind)) }}
{%- endmacro %}

{% macro default__character_list(kind) -%}
    {%- set found = [] -%}
    {%- for first, last in unseen_characters(kind) -%}
        {%- do found.append('\\x{%x}-\\x{%x}' % (first, last)) -%}
    {%- endfor -%}
    {{ return(found | join('')) }}
{%- endmacro %}

{% macro sqlserver__character_list(kind) -%}
    {%- set found = [] -%}
    {%- for first, last in unseen_characters(kind) if last <= 65535 -%}
        {%- for code in range(first, last + 1) -%}
            {%- do found.append('nchar(%d)' % code) -%}
        {%- endfor -%}
    {%- endfor -%}
    {{ return(found | join('+')) }}
{%- endmacro %}
