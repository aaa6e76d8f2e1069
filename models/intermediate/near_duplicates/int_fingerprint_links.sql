{%- set most_bits = [var('near_duplicate_bits'), var('bold_bits')] | max -%}

with fingerprints as (

    select *
    from {{ ref('int_fingerprints') }} as fingerprints
    where Evidence = 'hash'

),

candidates as (

    select
        a.FingerprintNumber,
        b.FingerprintNumber as OtherNumber,
        {{ hash_distance('a', 'b') }} as Distance,
        {{ hash_distance('a', 'b', level=6) }} as Distance6
    from fingerprints as a
    inner join fingerprints as b
        on
            a.ArtistKey = b.ArtistKey
            and a.FingerprintNumber < b.FingerprintNumber
    where {{ hash_distance('a', 'b') }} <= {{ most_bits }}

),

within_artist as (

    select
        FingerprintNumber,
        OtherNumber,
        Distance,
        case
            when Distance <= {{ var('near_duplicate_bits') // 2 }} then 'close'
            when Distance <= {{ var('near_duplicate_bits') }} then 'near'
            when Distance6 <= {{ var('bold_bits6') }} then 'bold'
        end as Strength
    from candidates

),

across_artists as (

    select
        a.FingerprintNumber,
        b.FingerprintNumber as OtherNumber,
        pairs.Distance
    from {{ ref('int_hash_pairs') }} as pairs
    inner join fingerprints as a on pairs.HashNumber = a.FingerprintNumber
    inner join fingerprints as b on pairs.OtherHashNumber = b.FingerprintNumber
    where a.ArtistKey <> b.ArtistKey

    union all

    select
        HashNumber as FingerprintNumber,
        FingerprintNumber as OtherNumber,
        0 as Distance
    from fingerprints
    where HashNumber <> FingerprintNumber

),

links as (

    select
        FingerprintNumber,
        OtherNumber,
        Distance,
        cast(Strength as varchar(20)) as Strength
    from within_artist
    where Strength is not null

    union all

    select
        FingerprintNumber,
        OtherNumber,
        Distance,
        'across artists' as Strength
    from across_artists

)

select * from links
