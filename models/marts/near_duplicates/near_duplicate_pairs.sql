{#- A view: the build stores only pairs of hashes. Pairs of rows are computed when they are read, so
    that many equal images cost nothing until then. -#}
{{ config(materialized='view') }}

with links as (

    -- One row per pair, however it is linked.
    select
        FingerprintNumber,
        OtherNumber,
        min(Distance) as Distance,
        max(case when Strength = 'mirrored' then 1 else 0 end) as IsMirrored
    from {{ ref('int_fingerprints_linked') }} as links
    where Strength in ('same', 'copy', 'close', 'near', 'mirrored', 'match', 'weak match')
    group by FingerprintNumber, OtherNumber

),

images as (

    select
        paintings.Artist,
        paintings.URL,
        paintings.DHashHex8,
        paintings.Evidence,
        grouped.ImageNumber,
        grouped.FingerprintNumber,
        grouped.GroupNumber
    from {{ ref('int_images_grouped') }} as grouped
    inner join {{ ref('int_paintings_fingerprinted') }} as paintings
        on grouped.ImageNumber = paintings.ImageNumber

),

pairs as (

    select
        one.Artist,
        one.URL,
        one.DHashHex8,
        other.URL as OtherURL,
        other.DHashHex8 as OtherDHashHex8,
        links.Distance,
        links.IsMirrored,
        case when one.GroupNumber = other.GroupNumber then 1 else 0 end as IsSameGroup
    from links
    inner join images as one on links.FingerprintNumber = one.FingerprintNumber
    inner join images as other on links.OtherNumber = other.FingerprintNumber

    union all

    select
        one.Artist,
        one.URL,
        one.DHashHex8,
        other.URL as OtherURL,
        other.DHashHex8 as OtherDHashHex8,
        0 as Distance,
        0 as IsMirrored,
        1 as IsSameGroup
    from images as one
    inner join images as other
        on
            one.FingerprintNumber = other.FingerprintNumber
            and one.ImageNumber < other.ImageNumber
    where one.Evidence = 'hash'

)

select * from pairs
