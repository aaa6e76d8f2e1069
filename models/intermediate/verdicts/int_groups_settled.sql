{#- A group in which a reviewer judged two images to be different is put together again, from its
    firmest links to its weakest ones, as long as none of these two images come together. A part
    without any of them then goes with the one that it is linked to most firmly. -#}
{%- set whole = link_steps() | length + 1 -%}

with members as (

    select
        members.FingerprintNumber,
        members.ArtistKey,
        members.FamilyNumber,
        members.Seniority,
        members.KeeperNumber,
        members.Images,
        members.LargestDistance,
        members.IsSplitChain,
        coalesce(joined.Label, members.GroupNumber) as GroupNumber
    from {{ ref('int_fingerprints_grouped') }} as members
    left join {{ ref('int_groups_joined') }} as joined on members.GroupNumber = joined.GroupNumber

),

rebuilt as (

    select * from {{ ref('int_groups_rebuilt') }} as rebuilt

),

judged_members as (

    select
        rebuilt.FingerprintNumber,
        members.Seniority
    from rebuilt
    inner join members on rebuilt.FingerprintNumber = members.FingerprintNumber
    where rebuilt.Step = {{ whole }}

),

steps as (

    select steps.Step
    from (
        values
        {%- for step in range(1, whole + 1) %}
        ({{ step }}){{ ',' if not loop.last }}
        {%- endfor %}
    ) as steps (Step)

),

labels as (

    select
        steps.Step,
        judged_members.FingerprintNumber,
        judged_members.Seniority,
        coalesce(rebuilt.Label, judged_members.FingerprintNumber) as Label
    from judged_members
    cross join steps
    left join rebuilt
        on
            judged_members.FingerprintNumber = rebuilt.FingerprintNumber
            and steps.Step = rebuilt.Step

),

-- What is judged to be the same, if only by way of others, cannot be kept apart.
parted as (

    select
        verdicts.FingerprintNumber,
        verdicts.OtherNumber
    from {{ ref('int_verdicts_numbered') }} as verdicts
    inner join labels as one on verdicts.FingerprintNumber = one.FingerprintNumber
    inner join labels as other
        on
            verdicts.OtherNumber = other.FingerprintNumber
            and one.Step = other.Step
            and one.Label <> other.Label
    where
        verdicts.Verdict = 'different'
        and one.Step = 1

),

mixed as (

    select distinct
        one.Step,
        one.Label
    from parted
    inner join labels as one on parted.FingerprintNumber = one.FingerprintNumber
    inner join labels as other
        on
            parted.OtherNumber = other.FingerprintNumber
            and one.Step = other.Step
            and one.Label = other.Label

),

last_steps as (

    select
        labels.FingerprintNumber,
        max(case when mixed.Label is null then labels.Step end) as Step
    from labels
    left join mixed
        on
            labels.Step = mixed.Step
            and labels.Label = mixed.Label
    group by labels.FingerprintNumber

),

parted_images as (

    select FingerprintNumber from parted

    union

    select OtherNumber as FingerprintNumber from parted

),

parts as (

    select
        labels.FingerprintNumber,
        labels.Seniority,
        labels.Label as PartNumber,
        max(case when parted_images.FingerprintNumber is null then 0 else 1 end)
            over (partition by labels.Label)
            as IsJudged
    from last_steps
    inner join labels
        on
            last_steps.FingerprintNumber = labels.FingerprintNumber
            and last_steps.Step = labels.Step
    left join parted_images on labels.FingerprintNumber = parted_images.FingerprintNumber

),

links as (

    select
        FingerprintNumber,
        OtherNumber,
        Distance,
        {{ link_step('Strength') }} as Step
    from {{ ref('int_fingerprints_linked') }} as links
    where Strength not in ('refuted', 'across artists')

),

both_ways as (

    select
        FingerprintNumber,
        OtherNumber,
        Distance,
        Step
    from links

    union all

    select
        OtherNumber as FingerprintNumber,
        FingerprintNumber as OtherNumber,
        Distance,
        Step
    from links

),

ranked as (

    select
        parts.PartNumber,
        other_parts.PartNumber as OtherPart,
        row_number() over (
            partition by parts.PartNumber
            order by
                both_ways.Step asc,
                coalesce(both_ways.Distance, 129) asc,
                other_parts.Seniority asc,
                parts.Seniority asc
        ) as Place
    from parts
    inner join rebuilt as one
        on
            parts.FingerprintNumber = one.FingerprintNumber
            and one.Step = {{ whole }}
    inner join both_ways on parts.FingerprintNumber = both_ways.FingerprintNumber
    inner join parts as other_parts
        on
            both_ways.OtherNumber = other_parts.FingerprintNumber
            and other_parts.IsJudged = 1
    inner join rebuilt as other
        on
            other_parts.FingerprintNumber = other.FingerprintNumber
            and other.Step = {{ whole }}
            and one.Label = other.Label
    where parts.IsJudged = 0

),

settled as (

    select
        members.FingerprintNumber,
        members.ArtistKey,
        members.FamilyNumber,
        members.Seniority,
        members.KeeperNumber,
        members.Images,
        members.LargestDistance,
        members.IsSplitChain,
        coalesce(ranked.OtherPart, parts.PartNumber, members.GroupNumber) as GroupNumber
    from members
    left join parts on members.FingerprintNumber = parts.FingerprintNumber
    left join ranked
        on
            parts.PartNumber = ranked.PartNumber
            and ranked.Place = 1

)

select * from settled
