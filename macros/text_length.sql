{% macro text_length(column) -%}
    {{ return(adapter.dispatch('text_length')(column)) }}
{%- endmacro %}

{#- Most text is ASCII, and the first test is quick. -#}
{% macro default__text_length(column) -%}
    case
        when bit_length({{ column }}) = 8 * length({{ column }}) then length({{ column }})
        else length({{ column }}) + length({{ replaced_pattern(column, '[^\\x{10000}-\\x{10ffff}]+', '') }})
    end
{%- endmacro %}

{#- Under some collations, a character is not a unit. -#}
{% macro sqlserver__text_length(column) -%}
    len({{ exact_text(column) }})
{%- endmacro %}
