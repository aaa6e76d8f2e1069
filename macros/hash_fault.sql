{% macro hash_fault(level) -%}
    {%- set column = 'DHashHex' ~ level -%}
    {%- set digits = dbt.length(column) | trim -%}
    {%- set fewest, most = hash_digits(level) -%}
    case
        when {{ column }} is null then '{{ column }} is missing'
        when not {{ holds_only(column, '0-9a-f') }} then '{{ column }} is not hexadecimal'
        when {{ digits }} not between {{ fewest }} and {{ most }}
            then {{ dbt.concat([
                "'" ~ column ~ " has '",
                'cast(' ~ digits ~ ' as varchar(10))',
                "' digits, not " ~ (most if fewest == most else fewest ~ ' to ' ~ most) ~ "'",
            ]) }}
    end
{%- endmacro %}
