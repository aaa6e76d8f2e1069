{#- A view: only the matcher reads it. The oldest fingerprint names the set, so that a new copy does
    not give it another name, and the best image shows it. -#}
{{ config(materialized='view') }}

with fingerprints as (

    select * from {{ ref('int_fingerprints_numbered') }} as fingerprints

),

paintings as (

    select * from {{ ref('int_paintings_fingerprinted') }} as paintings

),

copy_sets as (

    select
        cast(sum(fingerprints.Images) as bigint) as Images,
        min(fingerprints.Seniority) as Seniority,
        min(fingerprints.KeeperNumber) as KeeperNumber
    from fingerprints
    left join {{ ref('int_fingerprints_close') }} as copies
        on
            fingerprints.FingerprintNumber = copies.FingerprintNumber
            and copies.Strength = 'copy'
    group by coalesce(copies.SetNumber, fingerprints.FingerprintNumber)

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
        copy_sets.Images
    from copy_sets
    inner join fingerprints as eldest on copy_sets.Seniority = eldest.Seniority
    inner join paintings as best on copy_sets.KeeperNumber = best.KeeperNumber

)

select * from images
