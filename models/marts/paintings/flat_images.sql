{%- set hash = 'DHashHex' ~ var('hash_level') -%}

with images as (

    select *
    from {{ ref('int_paintings_fingerprinted') }} as images
    -- Where it is null, version 1 rejects the row.
    where DHashHex8 is not null

),

kept_images as (

    select * from {{ ref('int_paintings_fingerprinted') }} as images

),

keepers as (

    select
        {{ hash }},
        min(ImageNumber) as KeptImage
    from {{ ref('int_paintings_fingerprinted') }} as images
    where DHashHex8 is not null
    group by {{ hash }}
    having max(case when Evidence = 'flat' then 1 else 0 end) = 1

),

flat as (

    select
        images.Artist,
        images.URL,
        images.DHashHex8,
        images.{{ hash }} as Hash,
        kept_images.Artist as KeptArtist,
        kept_images.URL as KeptURL,
        case when images.ImageNumber = kept_images.ImageNumber then 1 else 0 end as IsKept,
        case
            when {{ exact_text('images.Artist') }} <> {{ exact_text('kept_images.Artist') }} then 1
            else 0
        end as IsOtherArtist
    from images
    inner join keepers on images.{{ hash }} = keepers.{{ hash }}
    inner join kept_images on keepers.KeptImage = kept_images.ImageNumber
    where
        images.Evidence = 'flat'
        or kept_images.Evidence = 'flat'

)

select * from flat
