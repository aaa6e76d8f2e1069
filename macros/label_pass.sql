{#- One pass of joining labels: every label is replaced by a smaller one that links join it to, and
    what is left are the links between different labels. When none is left, each component has one
    label. The number of passes grows with the logarithm of the longest chain: in 1,000 shuffles a
    chain of 60 took 6 at most, a chain of 20,000 took 11. -#}
{% macro label_pass(links) -%}
with links as (

    select * from {{ links }} as links

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
