{{ config(alias='UniquePaintings') }}

with ranked as (

    select * from {{ ref('int_paintings_ranked') }}

),

keepers as (

    select
        Artist,
        ArtistNumber,
        Width,
        Height,
        EncodingFormat,
        Name,
        URL,
        DHashHex{{ var('hash_level') }},
        {{ seeded_random('DHashHex' ~ var('hash_level')) }} as Random
    from ranked
    where KeeperRank = 1

)

select * from keepers
