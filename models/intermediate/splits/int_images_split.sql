{#- A table, because split_leakage reads these images several times. -#}
{{ config(indexes=server_indexes([
    {'columns': ['FingerprintNumber', 'ModelVersion']},
    {'columns': ['HashNumber', 'ModelVersion']},
])) }}

with kept as (

    select
        KeptImage,
        Split,
        case when Method = 'v2' then 2 else 1 end as ModelVersion
    from {{ ref('int_images_kept_by_method') }} as kept
    where Method in ('level {{ var("hash_level") }}', 'v2')

),

paintings as (

    select * from {{ ref('int_paintings_fingerprinted') }} as paintings

),

images as (

    select * from {{ ref('int_images_grouped') }} as images

),

fingerprints as (

    select * from {{ ref('int_fingerprints_numbered') }} as fingerprints

),

split as (

    select
        kept.ModelVersion,
        kept.KeptImage,
        kept.Split,
        fingerprints.FingerprintNumber,
        case when fingerprints.Evidence = 'hash' then fingerprints.HashNumber end as HashNumber,
        fingerprints.ArtistKey,
        cast(
            row_number() over (
                partition by kept.ModelVersion, kept.Split, fingerprints.FingerprintNumber
                order by {{ exact_text('paintings.URL') }}, kept.KeptImage
            ) as bigint
        ) as Place
    from kept
    inner join paintings on kept.KeptImage = paintings.ImageNumber
    -- Version 1 also keeps what a reviewer took out of version 2.
    left join images on kept.KeptImage = images.ImageNumber
    left join fingerprints on images.FingerprintNumber = fingerprints.FingerprintNumber

)

select * from split
