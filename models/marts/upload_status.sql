{#- A view, so that `dbt test` after the uploader sees what it left. -#}
{{ config(materialized='view') }}

with paintings as (

    select * from {{ ref('unique_paintings') }}

),

results as (

    select * from {{ ref('stg_uploads__results') }}

),

statuses as (

    select
        paintings.DHashHex{{ var('hash_level') }} as ImageKey,
        paintings.Artist,
        paintings.URL,
        paintings.Random,
        coalesce(results.Outcome, 'pending') as Outcome,
        results.Reason,
        results.Tries,
        results.BlobName,
        results.Bytes,
        results.MD5
    from paintings
    left join results
        on {{ exact_text('paintings.DHashHex' ~ var('hash_level')) }} = {{ exact_text('results.ImageKey') }}

)

select
    {{ stored_text('ImageKey', 100) }} as ImageKey,
    Artist,
    URL,
    Random,
    {{ stored_text('Outcome', 20) }} as Outcome,
    Reason,
    Tries,
    BlobName,
    Bytes,
    MD5
from statuses
