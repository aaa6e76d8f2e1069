{% macro sqlserver__get_where_subquery(relation) -%}
    {%- set subquery = default__get_where_subquery(relation) -%}
    {%- if relation.limit is not none and not config.get('where') -%}
        {%- set subquery = subquery ~ ' dbt_subquery' -%}
    {%- endif -%}
    {{ return(subquery) }}
{%- endmacro %}
