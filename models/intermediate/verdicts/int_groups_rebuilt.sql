{#- Only groups that hold two images that a reviewer judged to be different. What is judged to be
    the same, if only by way of others, cannot be kept apart. -#}
{{ config(materialized='connected_components', meta={'keeps_apart': true}) }}

with members as (

    select
        members.FingerprintNumber,
        members.Seniority,
        coalesce(joined.Label, members.GroupNumber) as GroupNumber
    from {{ ref('int_fingerprints_grouped') }} as members
    left join {{ ref('int_groups_joined') }} as joined on members.GroupNumber = joined.GroupNumber

),

judged as (

    select
        FingerprintNumber,
        max(case when Strength = 'same' then Label end) as PartNumber,
        max(case when Strength = 'whole' then Label end) as WholeNumber
    from {{ ref('int_groups_judged') }} as judged
    group by FingerprintNumber

),

parts as (

    select
        members.FingerprintNumber,
        members.Seniority,
        members.GroupNumber,
        judged.WholeNumber,
        coalesce(judged.PartNumber, members.FingerprintNumber) as PartNumber
    from judged
    inner join members on judged.FingerprintNumber = members.FingerprintNumber

),

apart as (

    select distinct
        one.WholeNumber,
        one.PartNumber,
        other.PartNumber as OtherPart
    from {{ ref('int_verdicts_numbered') }} as verdicts
    inner join parts as one on verdicts.FingerprintNumber = one.FingerprintNumber
    inner join parts as other
        on
            verdicts.OtherNumber = other.FingerprintNumber
            and one.WholeNumber = other.WholeNumber
            and one.PartNumber <> other.PartNumber
    where verdicts.Verdict = 'different'

),

mixed_parts as (

    select parts.*
    from parts
    where parts.WholeNumber in (select apart.WholeNumber from apart)

),

ranked as (

    select
        one.PartNumber,
        other.PartNumber as OtherPart,
        cast(
            row_number() over (
                order by
                    {{ link_step('links.Strength') }} asc,
                    coalesce(links.Distance, 129) asc,
                    case
                        when one.Seniority < other.Seniority then one.Seniority
                        else other.Seniority
                    end asc,
                    case
                        when one.Seniority < other.Seniority then other.Seniority
                        else one.Seniority
                    end asc
            ) as bigint
        ) as Place
    from {{ ref('int_fingerprints_linked') }} as links
    inner join mixed_parts as one on links.FingerprintNumber = one.FingerprintNumber
    inner join mixed_parts as other
        on
            links.OtherNumber = other.FingerprintNumber
            and one.GroupNumber = other.GroupNumber
            and one.PartNumber <> other.PartNumber
    where links.Strength not in ('refuted', 'across artists')

),

given as (

    select
        Place,
        PartNumber as FingerprintNumber,
        OtherPart as Label
    from ranked

    union all

    select
        cast(-1 as bigint) as Place,
        PartNumber as FingerprintNumber,
        OtherPart as Label
    from apart

    union all

    select
        cast(0 as bigint) as Place,
        FingerprintNumber,
        PartNumber as Label
    from mixed_parts

)

select * from given
