{#- In place of dbt's own test of this name: case and accents count whatever the database's
    collation, and the other relation has an alias, which T-SQL wants where `dbt build --empty` makes
    a query of it. -#}
{% test relationships(model, column_name, to, field) %}

with children as (

    select {{ exact_text(column_name) }} as ChildValue
    from {{ model }}

)

select ChildValue
from children
where
    ChildValue is not null
    and not exists (
        select 1
        from {{ to }} as parents
        where {{ exact_text('parents.' ~ field) }} = children.ChildValue
    )

{% endtest %}
