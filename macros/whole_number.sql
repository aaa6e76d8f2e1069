{#- Clean text as int, or null where it is missing, no number, no whole number or beyond an int.
    By way of double precision, since pandas writes the integers of a column with gaps as 1200.0.
    Beyond digits, engines differ in what they read: DuckDB takes 1_200, SQL Server 12d2. -#}
{% macro whole_number(column) -%}
    case
        when
            {{ holds_only(column, '0-9.eE+-') }}
            and try_cast({{ column }} as double precision) = floor(try_cast({{ column }} as double precision))
            then try_cast(try_cast({{ column }} as double precision) as int)
    end
{%- endmacro %}
