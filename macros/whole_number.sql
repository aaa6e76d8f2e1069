{% macro whole_number(column) -%}
    case
        when
            {{ holds_only(column, '0-9.eE+-') }}
            and try_cast({{ column }} as double precision) = floor(try_cast({{ column }} as double precision))
            then try_cast(try_cast({{ column }} as double precision) as int)
    end
{%- endmacro %}
