{#- The relation that generic tests read; dbt calls this macro by its name. Under `dbt build
    --empty` the relation is a query, and the adapter for SQL Server does not give it the alias that
    T-SQL requires. -#}
{% macro sqlserver__get_where_subquery(relation) -%}
    {%- set subquery = default__get_where_subquery(relation) -%}
    {%- if relation.limit is not none and not config.get('where') -%}
        {%- set subquery = subquery ~ ' dbt_subquery' -%}
    {%- endif -%}
    {{ return(subquery) }}
{%- endmacro %}
