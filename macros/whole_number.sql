{#- Clean text as an int; null if it is missing, not a number, not whole, or too large for an int.
    It is converted to double precision first, because pandas writes the integers of a column with
    gaps as 1200.0. Beyond digits, engines accept different numbers: DuckDB reads 1_200, SQL Server
    12d2. -#}
{% macro whole_number(column) -%}
    case
        when
            {{ holds_only(column, '0-9.eE+-') }}
            and try_cast({{ column }} as double precision) = floor(try_cast({{ column }} as double precision))
            then try_cast(try_cast({{ column }} as double precision) as int)
    end
{%- endmacro %}
