{#- A view, so that `dbt test` after the uploader sees what it left. -#}
{{ config(materialized='view') }}

with paintings as (

    select * from {{ ref('int_kept_images') }} as images

),

results as (

    select * from {{ ref('stg_uploads__results') }} as results

),

statuses as (

    select
        paintings.ModelVersion,
        paintings.ImageKey,
        paintings.Artist,
        paintings.URL,
        {{ stored_text("coalesce(results.Outcome, 'pending')", 40) }} as Outcome,
        results.Reason,
        results.Tries,
        results.BlobName,
        results.Bytes,
        results.MD5
    from paintings
    left join results
        on
            paintings.ModelVersion = results.ModelVersion
            and {{ exact_text('paintings.ImageKey') }} = {{ exact_text('results.ImageKey') }}

)

select * from statuses
