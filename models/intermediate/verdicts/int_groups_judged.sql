{#- Only groups of which a reviewer judged an image. -#}
{{ config(materialized='connected_components') }}

with members as (

    select
        members.FingerprintNumber,
        coalesce(joined.Label, members.GroupNumber) as GroupNumber
    from {{ ref('int_fingerprints_grouped') }} as members
    left join {{ ref('int_groups_joined') }} as joined on members.GroupNumber = joined.GroupNumber

),

verdicts as (

    select
        FingerprintNumber,
        OtherNumber,
        Verdict
    from {{ ref('int_verdicts_numbered') }} as verdicts
    where
        Verdict in ('same', 'different')
        and IsAcrossArtists = 0
        and FingerprintNumber < OtherNumber

),

judged as (

    select FingerprintNumber from verdicts

    union

    select OtherNumber as FingerprintNumber from verdicts

),

judged_groups as (

    select distinct members.GroupNumber
    from judged
    inner join members on judged.FingerprintNumber = members.FingerprintNumber

),

graphs as (

    select graphs.Strength
    from (values ('same'), ('whole')) as graphs (Strength)

),

links as (

    select
        graphs.Strength,
        verdicts.FingerprintNumber,
        verdicts.OtherNumber as Label
    from verdicts
    cross join graphs
    where verdicts.Verdict = 'same'

    union

    -- The number of a group is that of one of its fingerprints.
    select
        'whole' as Strength,
        members.FingerprintNumber,
        members.GroupNumber as Label
    from judged_groups
    inner join members on judged_groups.GroupNumber = members.GroupNumber
    where members.FingerprintNumber <> members.GroupNumber

)

select
    cast(Strength as varchar(20)) as Strength,
    FingerprintNumber,
    Label
from links
