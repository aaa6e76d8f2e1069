{#- Rows whose text is not in a column of another relation; a null passes. In place of dbt's own test
    of this name: case and accents count whatever the database's collation, and the other relation
    has an alias, which T-SQL wants where `dbt build --empty` makes a query of it. -#}
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
