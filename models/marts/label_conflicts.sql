{#- A view, for the reason that near_duplicate_pairs is one. -#}
{{ config(materialized='view') }}

with images as (

    select
        fingerprints.HashNumber,
        fingerprints.FingerprintNumber,
        fingerprints.ArtistKey,
        fingerprints.Images,
        kept.Artist,
        kept.ArtistNumber,
        kept.URL,
        kept.DHashHex8
    from {{ ref('int_fingerprints') }} as fingerprints
    inner join {{ ref('int_paintings_fingerprinted') }} as kept
        on fingerprints.BestImage = kept.ImageNumber
    where fingerprints.Evidence = 'hash'

),

pairs as (

    select
        HashNumber,
        OtherHashNumber,
        Distance
    from {{ ref('int_hash_pairs') }} as pairs

    union all

    select
        HashNumber,
        HashNumber as OtherHashNumber,
        0 as Distance
    from images
    where FingerprintNumber = HashNumber

),

conflicts as (

    select
        a.Artist,
        a.ArtistNumber,
        a.URL,
        a.DHashHex8,
        a.Images,
        b.Artist as OtherArtist,
        b.ArtistNumber as OtherArtistNumber,
        b.URL as OtherURL,
        b.DHashHex8 as OtherDHashHex8,
        b.Images as OtherImages,
        pairs.Distance
    from pairs
    inner join images as a on pairs.HashNumber = a.HashNumber
    inner join images as b on pairs.OtherHashNumber = b.HashNumber
    where
        a.ArtistKey <> b.ArtistKey
        and (pairs.HashNumber <> pairs.OtherHashNumber or a.FingerprintNumber < b.FingerprintNumber)

)

select * from conflicts
