{#- Rows whose text is not in a column of another relation. A null passes. It replaces dbt's test of
    the same name: case and accents count whatever the collation of the database, and the other
    relation has an alias, which T-SQL requires where `dbt build --empty` turns it into a query. -#}
{% test relationships(model, column_name, to, field) %}

with children as (

    select {{ exact_text(column_name) }} as ChildValue
    from {{ model }}

),

parents as (

    select distinct {{ exact_text('parents.' ~ field) }} as ParentValue
    from {{ to }} as parents

)

select children.ChildValue
from children
left join parents on children.ChildValue = parents.ParentValue
where
    children.ChildValue is not null
    and parents.ParentValue is null

{% endtest %}
