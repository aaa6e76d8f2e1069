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

    select * from {{ ref('int_paintings_ranked') }} as ranked

),

images as (

    select * from {{ ref('int_paintings_fingerprinted') }} as images

),

keepers as (

    select
        {%- for column in painting_columns() %}
        images.{{ column }},
        {%- endfor %}
        {{ seeded_random('images.DHashHex' ~ var('hash_level')) }} as Random
    from ranked
    inner join images on ranked.ImageNumber = images.ImageNumber
    where ranked.KeeperRank = 1

)

select * from keepers
