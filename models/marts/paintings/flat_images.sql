{%- set hash = 'DHashHex' ~ var('hash_level') -%}

with images as (

    select
        images.*,
        case when images.Evidence = 'flat' then 1 else 0 end as IsFlat
    from {{ ref('int_paintings_fingerprinted') }} as images
    -- Version 1 rejects rows without it.
    where images.DHashHex8 is not null

),

keepers as (

    select
        {{ hash }},
        min(ImageNumber) as KeptImage
    from images
    group by {{ hash }}
    having max(IsFlat) = 1

),

flat as (

    select
        images.Artist,
        images.URL,
        images.DHashHex8,
        images.{{ hash }} as Hash,
        kept.Artist as KeptArtist,
        kept.URL as KeptURL,
        case when images.ImageNumber = kept.ImageNumber then 1 else 0 end as IsKept,
        case
            when {{ exact_text('images.Artist') }} <> {{ exact_text('kept.Artist') }} then 1
            else 0
        end as IsOtherArtist
    from images
    inner join keepers on images.{{ hash }} = keepers.{{ hash }}
    inner join images as kept on keepers.KeptImage = kept.ImageNumber
    where
        images.IsFlat = 1
        or kept.IsFlat = 1

)

select * from flat
