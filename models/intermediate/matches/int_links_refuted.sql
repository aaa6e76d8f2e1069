{#- Whatever two sets of close pictures look like, if one of each was compared with the other and no
    pair of theirs matches, hashes link them no more. -#}
with examined as (

    select
        coalesce(one.SetNumber, matches.FingerprintNumber) as SetNumber,
        coalesce(other.SetNumber, matches.OtherNumber) as OtherSet,
        case when matches.Verdict = 'no match' then 0 else 1 end as IsMatch
    from {{ ref('int_matches_numbered') }} as matches
    left join {{ ref('int_fingerprints_close') }} as one
        on matches.FingerprintNumber = one.FingerprintNumber
    left join {{ ref('int_fingerprints_close') }} as other
        on matches.OtherNumber = other.FingerprintNumber

),

both_ways as (

    select
        SetNumber,
        OtherSet,
        IsMatch
    from examined
    where SetNumber <> OtherSet

    union all

    select
        OtherSet as SetNumber,
        SetNumber as OtherSet,
        IsMatch
    from examined
    where SetNumber <> OtherSet

),

refuted as (

    select
        SetNumber,
        OtherSet
    from both_ways
    group by SetNumber, OtherSet
    having max(IsMatch) = 0

),

members as (

    select
        close_sets.FingerprintNumber,
        close_sets.SetNumber
    from refuted
    inner join {{ ref('int_fingerprints_close') }} as close_sets
        on refuted.SetNumber = close_sets.SetNumber

    union

    -- A fingerprint without close links is a set of its own.
    select
        SetNumber as FingerprintNumber,
        SetNumber
    from refuted

),

links as (

    select
        links.FingerprintNumber,
        links.OtherNumber,
        links.Strength
    from {{ ref('int_fingerprints_linked') }} as links
    inner join members as one on links.FingerprintNumber = one.FingerprintNumber
    inner join members as other on links.OtherNumber = other.FingerprintNumber
    inner join refuted
        on
            one.SetNumber = refuted.SetNumber
            and other.SetNumber = refuted.OtherSet
    where links.Strength in ('near', 'bold')

)

select * from links
