{#- For each label the smallest of itself and those that a link joins to it, or the one that this in
    turn would be given. -#}
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
        from {{ links }} as links
        group by Strength, Label
    ) as hooks
    left join (
        select
            Strength,
            Label,
            case when min(OtherLabel) < Label then min(OtherLabel) else Label end as NewLabel
        from {{ links }} as links
        group by Strength, Label
    ) as onward
        on
            hooks.Strength = onward.Strength
            and hooks.NewLabel = onward.Label
{%- endmacro %}
