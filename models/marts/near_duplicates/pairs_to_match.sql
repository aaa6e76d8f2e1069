{#- A view: only the matcher reads it. What hashes link, it must be able to refute, wherever the
    images come in its own order. -#}
{{ config(materialized='view') }}

with fingerprints as (

    select
        fingerprints.FingerprintNumber,
        fingerprints.Seniority,
        coalesce(copies.SetNumber, fingerprints.FingerprintNumber) as SetNumber
    from {{ ref('int_fingerprints_numbered') }} as fingerprints
    left join {{ ref('int_fingerprints_close') }} as copies
        on
            fingerprints.FingerprintNumber = copies.FingerprintNumber
            and copies.Strength = 'copy'

),

copy_sets as (

    select
        SetNumber,
        min(Seniority) as Seniority
    from fingerprints
    group by SetNumber

),

linked_sets as (

    select distinct
        case when one.SetNumber < other.SetNumber then one.SetNumber else other.SetNumber end
            as SetNumber,
        case when one.SetNumber < other.SetNumber then other.SetNumber else one.SetNumber end
            as OtherSet
    from {{ ref('int_fingerprints_compared') }} as links
    inner join fingerprints as one on links.FingerprintNumber = one.FingerprintNumber
    inner join fingerprints as other on links.OtherNumber = other.FingerprintNumber
    where
        links.Strength in ('close', 'near', 'bold', 'mirrored')
        and one.SetNumber <> other.SetNumber

),

pairs as (

    select
        eldest.Artist,
        eldest.Fingerprint,
        other_eldest.Fingerprint as OtherFingerprint
    from linked_sets
    inner join copy_sets as one on linked_sets.SetNumber = one.SetNumber
    inner join copy_sets as other on linked_sets.OtherSet = other.SetNumber
    inner join {{ ref('int_fingerprints_numbered') }} as eldest
        on one.Seniority = eldest.Seniority
    inner join {{ ref('int_fingerprints_numbered') }} as other_eldest
        on other.Seniority = other_eldest.Seniority

)

select * from pairs
