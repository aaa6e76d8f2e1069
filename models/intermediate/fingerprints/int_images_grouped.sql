with images as (

    select * from {{ ref('int_paintings_fingerprinted') }} as images

),

fingerprints as (

    select * from {{ ref('int_fingerprints_numbered') }} as fingerprints

),

members as (

    select * from {{ ref('int_fingerprints_grouped') }} as members

),

grouped as (

    select
        images.ImageNumber,
        fingerprints.FingerprintNumber,
        fingerprints.ArtistKey,
        coalesce(joined.Label, members.GroupNumber) as GroupNumber
    from images
    inner join fingerprints
        on
            {{ exact_text('images.Artist') }} = {{ exact_text('fingerprints.Artist') }}
            and {{ exact_text('images.Fingerprint') }}
            = {{ exact_text('fingerprints.Fingerprint') }}
    inner join members on fingerprints.FingerprintNumber = members.FingerprintNumber
    left join {{ ref('int_groups_joined') }} as joined on members.GroupNumber = joined.GroupNumber

)

select * from grouped
