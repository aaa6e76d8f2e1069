{#- What earlier builds saw is kept: it cannot be worked out again. `dbt compile --no-introspect`
    must not ask the database whether there were any, so it shows the first build. The columns are
    those of models under contract, and have none of their own: dbt would compare their names with
    the table's at each build, which fails where a server folds names. -#}
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
