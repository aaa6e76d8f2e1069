with judged as (

    select
        FingerprintNumber,
        Label
    from {{ ref('int_groups_judged') }} as judged
    where Strength = 'whole'

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
        coalesce(rebuilt.Label, judged.Label, joined.Label, members.GroupNumber) as GroupNumber
    from {{ ref('int_fingerprints_grouped') }} as members
    left join {{ ref('int_groups_joined') }} as joined on members.GroupNumber = joined.GroupNumber
    left join judged on members.FingerprintNumber = judged.FingerprintNumber
    left join {{ ref('int_groups_rebuilt') }} as rebuilt
        on members.FingerprintNumber = rebuilt.FingerprintNumber

)

select * from settled
