{#- What generic tests read, by a name that dbt gives this macro. Under `dbt build --empty` it is a
    query, which the adapter for SQL Server leaves without the alias that T-SQL wants. -#}
{% macro sqlserver__get_where_subquery(relation) -%}
    {%- set subquery = default__get_where_subquery(relation) -%}
    {%- if relation.limit is not none and not config.get('where') -%}
        {%- set subquery = subquery ~ ' dbt_subquery' -%}
    {%- endif -%}
    {{ return(subquery) }}
{%- endmacro %}
