{#- Replaces dbt's test of this name: case and accents count under every collation, and the other
    relation has an alias, which T-SQL requires if `dbt build --empty` makes it a query. -#}
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
