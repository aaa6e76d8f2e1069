{#- A view: only the matcher reads it. The oldest fingerprint names the set, so that a new copy does
    not give it another name. The best image shows it; the next ones are for when that is gone. -#}
{{ config(materialized='view') }}

{%- set most_choices = 3 -%}

with fingerprints as (

    select
        fingerprints.Artist,
        fingerprints.Fingerprint,
        fingerprints.Seniority,
        fingerprints.Images,
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
        cast(sum(Images) as bigint) as Images,
        min(Seniority) as Seniority
    from fingerprints
    group by SetNumber

),

paintings as (

    select
        paintings.*,
        fingerprints.SetNumber,
        row_number() over (
            partition by fingerprints.SetNumber, {{ exact_text('paintings.URL') }}
            order by paintings.KeeperNumber
        ) as TimesListed
    from {{ ref('int_paintings_fingerprinted') }} as paintings
    inner join fingerprints
        on
            {{ exact_text('paintings.Artist') }} = {{ exact_text('fingerprints.Artist') }}
            and {{ exact_text('paintings.Fingerprint') }}
            = {{ exact_text('fingerprints.Fingerprint') }}

),

ranked as (

    select
        *,
        cast(row_number() over (partition by SetNumber order by KeeperNumber) as int) as Choice
    from paintings
    where TimesListed = 1

),

images as (

    select
        eldest.Artist,
        eldest.Fingerprint,
        ranked.Choice,
        ranked.URL,
        ranked.Width,
        ranked.Height,
        ranked.EncodingFormat,
        ranked.DHashHex8,
        ranked.DHashHex3,
        ranked.Evidence,
        copy_sets.Images
    from ranked
    inner join copy_sets on ranked.SetNumber = copy_sets.SetNumber
    inner join fingerprints as eldest on copy_sets.Seniority = eldest.Seniority
    where ranked.Choice <= {{ most_choices }}

)

select * from images
