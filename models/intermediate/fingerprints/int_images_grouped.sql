with images as (

    select * from {{ ref('int_paintings_fingerprinted') }} as images

),

fingerprints as (

    select * from {{ ref('int_fingerprints_numbered') }} as fingerprints

),

members as (

    select * from {{ ref('int_groups_settled') }} as members

),

grouped as (

    select
        images.ImageNumber,
        fingerprints.FingerprintNumber,
        fingerprints.ArtistKey,
        members.GroupNumber
    from images
    inner join fingerprints
        on
            {{ exact_text('images.Artist') }} = {{ exact_text('fingerprints.Artist') }}
            and {{ exact_text('images.Fingerprint') }}
            = {{ exact_text('fingerprints.Fingerprint') }}
    inner join members on fingerprints.FingerprintNumber = members.FingerprintNumber

)

select * from grouped
