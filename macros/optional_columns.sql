{% macro optional_columns(relation, required, optional) -%}
    {{ return(adapter.dispatch('optional_columns')(relation, required, optional)) }}
{%- endmacro %}

{% macro default__optional_columns(relation, required, optional) -%}
    (select {% for column in optional %}cast(null as int) as {{ column }}{{ ', ' if not loop.last }}{% endfor %}) as missing
    cross join lateral (
        select {{ (required + optional) | join(', ') }}
        from {{ relation }} as paintings
    ) as found
{%- endmacro %}

{% macro sqlserver__optional_columns(relation, required, optional) -%}
    (select {% for column in optional %}cast(null as int) as {{ column }}{{ ', ' if not loop.last }}{% endfor %}) as missing
    cross apply (
        select {{ (required + optional) | join(', ') }}
        from {{ relation }} as paintings
    ) as found
{%- endmacro %}
