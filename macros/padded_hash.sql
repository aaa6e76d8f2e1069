{#- Hash text in lower case, with the zeros in front that a spreadsheet or a column of numbers lost.
    Safe where the length is fixed (even levels) and no zero is left in front, or a single one is
    all there is. Text of half the length at level 8 or 6 or less has lost more than zeros: of its
    bits, which are compared, those of the rows are missing. -#}
{% macro padded_hash(column, level) -%}
    {#- A level that is none is told by `check_vars`, which runs later than this is parsed. -#}
    {%- set level = level | int -%}
    {%- set fewest, most = hash_digits(level) -%}
    {%- set least = most // 2 + 1 if most >= 18 else 1 -%}
    {%- if fewest < most -%}
    lower({{ column }})
    {%- else -%}
    case
        when
            {{ column }} = '0'
            or (
                {{ text_length(column) }} between {{ least }} and {{ most - 1 }}
                and {{ column }} not like '0%'
                and {{ holds_only(column, '0-9a-fA-F') }}
            )
            then {{ dbt.right(dbt.concat(["'" ~ '0' * most ~ "'", 'lower(' ~ column ~ ')']), most) }}
        else lower({{ column }})
    end
    {%- endif -%}
{%- endmacro %}
