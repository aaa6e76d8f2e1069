{#- Only close links: whatever else is found out about two pictures, close ones stay together. -#}
{{ config(materialized='connected_components') }}

with links as (

    select
        Strength,
        FingerprintNumber,
        OtherNumber as SetNumber
    from {{ ref('int_fingerprints_compared') }} as links
    where Strength = 'close'

)

select * from links
