{#- A view: only the matcher reads it. The oldest fingerprint names the set, so that a new copy does
    not give it another name, and the best image shows it. -#}
{{ config(materialized='view') }}

with fingerprints as (

    select * from {{ ref('int_fingerprints_numbered') }} as fingerprints

),

paintings as (

    select * from {{ ref('int_paintings_fingerprinted') }} as paintings

),

close_sets as (

    select
        cast(sum(fingerprints.Images) as bigint) as Images,
        min(fingerprints.Seniority) as Seniority,
        min(fingerprints.KeeperNumber) as KeeperNumber
    from fingerprints
    left join {{ ref('int_fingerprints_close') }} as close_sets
        on fingerprints.FingerprintNumber = close_sets.FingerprintNumber
    group by coalesce(close_sets.SetNumber, fingerprints.FingerprintNumber)

),

images as (

    select
        eldest.Artist,
        eldest.Fingerprint,
        best.URL,
        best.Width,
        best.Height,
        best.EncodingFormat,
        best.DHashHex8,
        best.DHashHex3,
        best.Evidence,
        close_sets.Images
    from close_sets
    inner join fingerprints as eldest on close_sets.Seniority = eldest.Seniority
    inner join paintings as best on close_sets.KeeperNumber = best.KeeperNumber

)

select * from images
