{#- What a reviewer says of two pictures comes before all else, and looking at the pictures before
    hashes. If a copy of one picture was compared with one of another and no pair of theirs matches,
    hashes no longer link the two. -#}
with matches as (

    select * from {{ ref('int_matches_numbered') }} as matches

),

hash_links as (

    select * from {{ ref('int_fingerprints_compared') }} as hash_links

),

copy_sets as (

    select
        FingerprintNumber,
        SetNumber
    from {{ ref('int_fingerprints_close') }} as copy_sets
    where Strength = 'copy'

),

examined_sets as (

    select
        coalesce(one.SetNumber, matches.FingerprintNumber) as SetNumber,
        coalesce(other.SetNumber, matches.OtherNumber) as OtherSet,
        case when matches.Finding = 'no match' then 0 else 1 end as IsMatch
    from matches
    left join copy_sets as one on matches.FingerprintNumber = one.FingerprintNumber
    left join copy_sets as other on matches.OtherNumber = other.FingerprintNumber

),

both_ways as (

    select
        SetNumber,
        OtherSet,
        IsMatch
    from examined_sets
    where SetNumber <> OtherSet

    union all

    select
        OtherSet as SetNumber,
        SetNumber as OtherSet,
        IsMatch
    from examined_sets
    where SetNumber <> OtherSet

),

refuted_sets as (

    select
        SetNumber,
        OtherSet
    from both_ways
    group by SetNumber, OtherSet
    having max(IsMatch) = 0

),

members as (

    select
        copy_sets.FingerprintNumber,
        copy_sets.SetNumber
    from refuted_sets
    inner join copy_sets on refuted_sets.SetNumber = copy_sets.SetNumber

    union

    -- A fingerprint without copies is a set of its own.
    select
        SetNumber as FingerprintNumber,
        SetNumber
    from refuted_sets

),

judged_pairs as (

    select
        FingerprintNumber,
        OtherNumber,
        max(Verdict) as Verdict
    from {{ ref('int_verdicts_numbered') }} as verdicts
    where
        Verdict in ('same', 'different')
        and IsAcrossArtists = 0
        and FingerprintNumber < OtherNumber
    group by FingerprintNumber, OtherNumber

),

refuted_links as (

    select
        hash_links.FingerprintNumber,
        hash_links.OtherNumber
    from hash_links
    inner join members as one on hash_links.FingerprintNumber = one.FingerprintNumber
    inner join members as other on hash_links.OtherNumber = other.FingerprintNumber
    inner join refuted_sets
        on
            one.SetNumber = refuted_sets.SetNumber
            and other.SetNumber = refuted_sets.OtherSet
    where hash_links.Strength in ('close', 'near', 'bold', 'mirrored')

),

-- What matches across artists is the hash, if there is one, as for hashes that are nearly equal.
matched_across as (

    select
        matches.Distance,
        case
            when one.Evidence = 'hash' then one.HashNumber
            else one.FingerprintNumber
        end as OneNumber,
        case
            when other.Evidence = 'hash' then other.HashNumber
            else other.FingerprintNumber
        end as TwoNumber
    from matches
    inner join {{ ref('int_fingerprints_numbered') }} as one
        on matches.FingerprintNumber = one.FingerprintNumber
    inner join {{ ref('int_fingerprints_numbered') }} as other
        on matches.OtherNumber = other.FingerprintNumber
    where
        matches.Finding = 'across artists'
        and (
            matches.Distance is null
            or matches.Distance > {{ var('cross_artist_bits') }}
        )

),

links as (

    select
        hash_links.FingerprintNumber,
        hash_links.OtherNumber,
        hash_links.Distance,
        case
            when
                refuted_links.FingerprintNumber is not null
                and hash_links.Strength in ('close', 'near', 'bold', 'mirrored')
                then 'refuted'
            when
                judged_pairs.Verdict = 'different'
                and hash_links.Strength <> 'across artists'
                then 'refuted'
            else hash_links.Strength
        end as Strength
    from hash_links
    left join judged_pairs
        on
            hash_links.FingerprintNumber = judged_pairs.FingerprintNumber
            and hash_links.OtherNumber = judged_pairs.OtherNumber
    left join refuted_links
        on
            hash_links.FingerprintNumber = refuted_links.FingerprintNumber
            and hash_links.OtherNumber = refuted_links.OtherNumber

    union all

    -- Besides other links of the two, so that what is confirmed changes nothing.
    select
        judged_pairs.FingerprintNumber,
        judged_pairs.OtherNumber,
        {{ hash_distance('one', 'other') }} as Distance,
        'same' as Strength
    from judged_pairs
    inner join {{ ref('int_fingerprints_numbered') }} as one
        on judged_pairs.FingerprintNumber = one.FingerprintNumber
    inner join {{ ref('int_fingerprints_numbered') }} as other
        on judged_pairs.OtherNumber = other.FingerprintNumber
    where judged_pairs.Verdict = 'same'

    union all

    select
        matches.FingerprintNumber,
        matches.OtherNumber,
        matches.Distance,
        matches.Finding as Strength
    from matches
    left join hash_links as mirrored
        on
            matches.FingerprintNumber = mirrored.FingerprintNumber
            and matches.OtherNumber = mirrored.OtherNumber
            and mirrored.Strength = 'mirrored'
    where
        matches.Finding in ('match', 'weak match')
        -- What is mirrored by its hash is linked as firmly already.
        and mirrored.FingerprintNumber is null

    union all

    select distinct
        case when OneNumber < TwoNumber then OneNumber else TwoNumber end as FingerprintNumber,
        case when OneNumber < TwoNumber then TwoNumber else OneNumber end as OtherNumber,
        Distance,
        'across artists' as Strength
    from matched_across

)

select
    FingerprintNumber,
    OtherNumber,
    Distance,
    cast(Strength as varchar(20)) as Strength
from links
