{#- By hashes alone: whatever else is found out about two pictures, copies stay together. -#}
{{ config(materialized='connected_components') }}

with graphs as (

    select
        graphs.Strength,
        graphs.LinkStrength
    from (
        values
        ('copy', 'copy'),
        ('close', 'copy'),
        ('close', 'close')
    ) as graphs (Strength, LinkStrength)

),

links as (

    select
        graphs.Strength,
        links.FingerprintNumber,
        links.OtherNumber as SetNumber
    from {{ ref('int_fingerprints_compared') }} as links
    inner join graphs on links.Strength = graphs.LinkStrength

)

select
    cast(Strength as varchar(20)) as Strength,
    FingerprintNumber,
    SetNumber
from links
