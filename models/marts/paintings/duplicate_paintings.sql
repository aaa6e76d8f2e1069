{{ config(indexes=server_indexes([{'columns': ['DHashHex' ~ var('hash_level')]}])) }}

with ranked as (

    select * from {{ ref('int_paintings_ranked') }} as paintings

),

duplicates as (

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
        KeptURL
    from ranked
    where KeeperRank > 1

)

select * from duplicates
