{#- A view: the build stores pairs of hashes only; pairs of rows are worked out when they are read,
    so that many equal images cost nothing until somebody asks. -#}
{{ config(materialized='view') }}

with images as (

    select
        images.Artist,
        images.URL,
        images.DHashHex8,
        images.ImageNumber,
        numbers.FingerprintNumber,
        members.GroupNumber
    from {{ ref('int_paintings_fingerprinted') }} as images
    inner join {{ ref('int_images') }} as numbers on images.ImageNumber = numbers.ImageNumber
    inner join {{ ref('int_fingerprint_groups') }} as members
        on numbers.FingerprintNumber = members.FingerprintNumber
    where images.Evidence = 'hash'

),

pairs as (

    select
        a.Artist,
        a.URL,
        a.DHashHex8,
        b.URL as OtherURL,
        b.DHashHex8 as OtherDHashHex8,
        links.Distance,
        case when a.GroupNumber = b.GroupNumber then 1 else 0 end as IsSameGroup
    from {{ ref('int_fingerprint_links') }} as links
    inner join images as a on links.FingerprintNumber = a.FingerprintNumber
    inner join images as b on links.OtherNumber = b.FingerprintNumber
    where links.Strength in ('close', 'near')

    union all

    select
        a.Artist,
        a.URL,
        a.DHashHex8,
        b.URL as OtherURL,
        b.DHashHex8 as OtherDHashHex8,
        0 as Distance,
        1 as IsSameGroup
    from images as a
    inner join images as b
        on
            a.FingerprintNumber = b.FingerprintNumber
            and a.ImageNumber < b.ImageNumber

)

select * from pairs
