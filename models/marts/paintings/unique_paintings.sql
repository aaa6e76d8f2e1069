{{
    config(
        alias='UniquePaintings',
        indexes=server_indexes([
            {'columns': ['DHashHex' ~ var('hash_level')], 'unique': true},
            {'columns': ['Artist']},
        ])
    )
}}

with ranked as (

    select * from {{ ref('int_paintings_ranked') }} as paintings

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
        {%- for level in var('hash_levels') %}
        DHashHex{{ level }},
        {%- endfor %}
        {{ seeded_random('DHashHex' ~ var('hash_level')) }} as Random
    from ranked
    where KeeperRank = 1

)

select * from keepers
