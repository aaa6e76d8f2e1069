{#- A view, so that `dbt test` after an upload checks its results. Version 2 is read from the models
    that it is made of, because dbt has no unit tests for a model that reads two versions of
    another. -#}
{{ config(materialized='view') }}

with version_1 as (

    select
        1 as ModelVersion,
        {{ stored_text('DHashHex' ~ var('hash_level'), 100) }} as ImageKey,
        Artist,
        URL
    from {{ ref('unique_paintings', v=1) }} as paintings

),

{% if var('near_duplicates') -%}
version_2 as (

    select
        2 as ModelVersion,
        {{ stored_text('groups.GroupId', 100) }} as ImageKey,
        images.Artist,
        images.URL
    from {{ ref('int_groups_split') }} as groups
    inner join {{ ref('int_paintings_fingerprinted') }} as images
        on groups.KeptImage = images.ImageNumber

),
{%- endif %}

results as (

    select * from {{ ref('stg_uploads__results') }} as results

),

paintings as (

    select * from version_1
    {%- if var('near_duplicates') %}

    union all

    select * from version_2
    {%- endif %}

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
