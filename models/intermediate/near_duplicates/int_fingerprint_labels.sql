{#- The label that each pass gave is looked up in the next. `coalesce` wants two values, hence
    the label twice where no pass came before. -#}
{%- set passes = 12 -%}

with linked as (

    select distinct
        Strength,
        Label
    from {{ ref('int_label_links_0') }} as links

),

{% for pass in range(passes) -%}
pass_{{ pass }} as (

    {{ shortened_labels(ref('int_label_links_' ~ pass)) }}

),

{% endfor -%}

followed as (

    select
        linked.Strength,
        linked.Label as FingerprintNumber,
        coalesce(
            {%- for pass in range(passes - 1, -1, -1) %}
            pass_{{ pass }}.NewLabel,
            {%- endfor %}
            linked.Label
        ) as Label
    from linked
    {%- for pass in range(passes) %}
    left join pass_{{ pass }}
        on
            linked.Strength = pass_{{ pass }}.Strength
            and coalesce(
                {%- for earlier in range(pass - 1, -1, -1) %}
                pass_{{ earlier }}.NewLabel,
                {%- endfor %}
                linked.Label,
                linked.Label
            ) = pass_{{ pass }}.Label
    {%- endfor %}

),

labels as (

    select
        FingerprintNumber,
        cast(
            coalesce(max(case when Strength = 1 then Label end), FingerprintNumber) as bigint
        ) as CloseLabel,
        cast(
            coalesce(max(case when Strength = 2 then Label end), FingerprintNumber) as bigint
        ) as NearLabel,
        cast(
            coalesce(max(case when Strength = 3 then Label end), FingerprintNumber) as bigint
        ) as BoldLabel,
        cast(
            coalesce(max(case when Strength = 4 then Label end), FingerprintNumber) as bigint
        ) as FamilyLabel
    from followed
    group by FingerprintNumber

)

select * from labels
