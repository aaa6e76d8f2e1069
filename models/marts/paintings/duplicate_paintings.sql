{{ config(indexes=server_indexes([{'columns': ['DHashHex' ~ var('hash_level')]}])) }}

with ranked as (

    select * from {{ ref('int_paintings_ranked') }} as ranked

),

images as (

    select * from {{ ref('int_paintings_fingerprinted') }} as images

),

kept_images as (

    select * from {{ ref('int_paintings_fingerprinted') }} as images

),

duplicates as (

    select
        {%- for column in painting_columns() %}
        images.{{ column }},
        {%- endfor %}
        kept_images.URL as KeptURL
    from ranked
    inner join images on ranked.ImageNumber = images.ImageNumber
    inner join kept_images on ranked.KeptImage = kept_images.ImageNumber
    where ranked.KeeperRank > 1

)

select * from duplicates
