{#- A view, for the same reason as near_duplicate_pairs. -#}
{{ config(materialized='view') }}

with fingerprints as (

    select
        FingerprintNumber,
        ArtistKey,
        KeeperNumber,
        Images,
        Evidence,
        -- What has no hash is linked by itself.
        case when Evidence = 'hash' then HashNumber else FingerprintNumber end as HashNumber
    from {{ ref('int_fingerprints_numbered') }} as fingerprints

),

links as (

    select *
    from {{ ref('int_fingerprints_linked') }} as links
    where
        Strength = 'across artists'
        and coalesce(Distance, 1) > 0

),

images as (

    select
        fingerprints.HashNumber,
        fingerprints.FingerprintNumber,
        fingerprints.ArtistKey,
        fingerprints.Images,
        best.Artist,
        best.ArtistNumber,
        best.URL,
        best.DHashHex8
    from fingerprints
    inner join {{ ref('int_paintings_fingerprinted') }} as best
        on fingerprints.KeeperNumber = best.KeeperNumber

),

near_hashes as (

    select
        FingerprintNumber as HashNumber,
        OtherNumber as OtherHashNumber,
        Distance
    from links

    union all

    select
        HashNumber,
        HashNumber as OtherHashNumber,
        0 as Distance
    from fingerprints
    where
        FingerprintNumber = HashNumber
        and Evidence = 'hash'

),

-- What a reviewer judged to be two pictures.
parted as (

    select
        FingerprintNumber,
        OtherNumber
    from {{ ref('int_verdicts_numbered') }} as verdicts
    where Verdict in ('same', 'different')
    group by FingerprintNumber, OtherNumber
    having max(Verdict) = 'different'

),

conflicts as (

    select
        one.Artist,
        one.ArtistNumber,
        one.URL,
        one.DHashHex8,
        one.Images,
        other.Artist as OtherArtist,
        other.ArtistNumber as OtherArtistNumber,
        other.URL as OtherURL,
        other.DHashHex8 as OtherDHashHex8,
        other.Images as OtherImages,
        near_hashes.Distance
    from near_hashes
    inner join images as one on near_hashes.HashNumber = one.HashNumber
    inner join images as other on near_hashes.OtherHashNumber = other.HashNumber
    left join parted
        on
            (
                one.FingerprintNumber = parted.FingerprintNumber
                and other.FingerprintNumber = parted.OtherNumber
            )
            or (
                one.FingerprintNumber = parted.OtherNumber
                and other.FingerprintNumber = parted.FingerprintNumber
            )
    where
        parted.FingerprintNumber is null
        and one.ArtistKey <> other.ArtistKey
        and (
            near_hashes.HashNumber <> near_hashes.OtherHashNumber
            or one.FingerprintNumber < other.FingerprintNumber
        )

)

select * from conflicts
