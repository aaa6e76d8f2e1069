{% macro padded_hash(column, level) -%}
    {#- An invalid level is reported by `check_vars`, which runs after this is parsed. -#}
    {%- set level = level | int -%}
    {%- set fewest, most = hash_digits(level) -%}
    {%- set least = most // 2 + 1 if most >= 18 else 1 -%}
    {%- if fewest < most -%}
    {{ lower_text(column) }}
    {%- else -%}
    case
        when
            {{ column }} = '0'
            or (
                {{ text_length(column) }} between {{ least }} and {{ most - 1 }}
                and {{ column }} not like '0%'
                and {{ holds_only(column, '0-9a-fA-F') }}
            )
            then {{ dbt.right(dbt.concat(["'" ~ '0' * most ~ "'", lower_text(column)]), most) }}
        else {{ lower_text(column) }}
    end
    {%- endif -%}
{%- endmacro %}
