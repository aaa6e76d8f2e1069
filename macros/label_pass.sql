{#- One pass over links that still join two labels: `shortened` gives each label the smallest that
    it is linked to, and the one that this in turn is linked to; what is left joins other labels. -#}
{% macro shortened_labels(links) -%}
    select
        hooks.Strength,
        hooks.Label,
        coalesce(onward.NewLabel, hooks.NewLabel) as NewLabel
    from (
        select
            Strength,
            Label,
            case when min(OtherLabel) < Label then min(OtherLabel) else Label end as NewLabel
        from {{ links }}
        group by Strength, Label
    ) as hooks
    left join (
        select
            Strength,
            Label,
            case when min(OtherLabel) < Label then min(OtherLabel) else Label end as NewLabel
        from {{ links }}
        group by Strength, Label
    ) as onward
        on
            hooks.Strength = onward.Strength
            and hooks.NewLabel = onward.Label
{%- endmacro %}

{% macro label_pass(links) -%}
with links as (

    select * from {{ links }}

),

shortened as (

    {{ shortened_labels('links') }}

),

left_over as (

    select distinct
        links.Strength,
        a.NewLabel as Label,
        b.NewLabel as OtherLabel
    from links
    inner join shortened as a
        on
            links.Strength = a.Strength
            and links.Label = a.Label
    inner join shortened as b
        on
            links.Strength = b.Strength
            and links.OtherLabel = b.Label
    where a.NewLabel <> b.NewLabel

)

select * from left_over
{%- endmacro %}
