with images as (

    select
        images.ImageNumber,
        fingerprints.FingerprintNumber
    from {{ ref('int_paintings_fingerprinted') }} as images
    inner join {{ ref('int_fingerprints') }} as fingerprints
        on
            {{ exact_text('images.Artist') }} = {{ exact_text('fingerprints.Artist') }}
            and {{ exact_text('images.Fingerprint') }}
            = {{ exact_text('fingerprints.Fingerprint') }}

)

select * from images
