{#- Rows of earlier builds are kept, because they cannot be computed again. `dbt compile
    --no-introspect` must not ask the database whether there are any, so it shows the first build.
    The columns come from models with contracts, and this model has no contract of its own: dbt
    would compare its column names with those of the table at each build, which fails on servers
    that change the case of names. -#}
{{ config(
    materialized='incremental',
    incremental_strategy='append',
    contract={'enforced': false},
    full_refresh=false
) }}

with fingerprints as (

    select
        min(Artist) as Artist,
        min(Fingerprint) as Fingerprint
    from {{ ref('int_paintings_fingerprinted') }} as images
    where Fingerprint is not null
    group by {{ exact_text('Artist') }}, {{ exact_text('Fingerprint') }}

),

{%- if flags.INTROSPECT | default(true) and is_incremental() %}

latest as (

    select coalesce(max(FirstBuild), 0) as LatestBuild
    from {{ this }}

),

seen as (

    select
        fingerprints.Artist,
        fingerprints.Fingerprint,
        latest.LatestBuild + 1 as FirstBuild
    from fingerprints
    cross join latest
    where not exists (
        select 1
        from {{ this }} as earlier
        where
            {{ exact_text('earlier.Artist') }} = {{ exact_text('fingerprints.Artist') }}
            and {{ exact_text('earlier.Fingerprint') }} = {{ exact_text('fingerprints.Fingerprint') }}
    )

)

{%- else %}

seen as (

    select
        Artist,
        Fingerprint,
        cast(1 as bigint) as FirstBuild
    from fingerprints

)

{%- endif %}

select * from seen
