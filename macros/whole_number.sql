{% macro whole_number(column) -%}
    {%- set number = 'try_cast(' ~ column ~ ' as ' ~ sql_type('double precision') ~ ')' -%}
    case
        when {{ holds_only(column, '0-9.eE+-') }} and {{ number }} = try_cast({{ number }} as int)
            then try_cast({{ number }} as int)
    end
{%- endmacro %}
