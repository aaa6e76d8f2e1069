{#- The numbers are random, so that no chain of fingerprints is numbered in order; joining its links
    would then need many more passes. -#}
with images as (

    select * from {{ ref('int_paintings_fingerprinted') }} as images

),

fingerprints as (

    select
        min(Artist) as Artist,
        min(Fingerprint) as Fingerprint,
        min(Evidence) as Evidence,
        min(SplitKey) as SplitKey,
        min(RowBits8) as RowBits8,
        min(ColumnBits8) as ColumnBits8,
        min(RowBits6) as RowBits6,
        min(ColumnBits6) as ColumnBits6,
        min(KeeperNumber) as KeeperNumber,
        {{ count_big('*') }} as Images
    from images
    where Fingerprint is not null
    group by {{ exact_text('Artist') }}, {{ exact_text('Fingerprint') }}

),

numbered as (

    select
        *,
        row_number() over (
            order by
                {{ seeded_random('SplitKey') }},
                {{ exact_text('Fingerprint') }},
                {{ exact_text('Artist') }}
        ) as FingerprintNumber
    from fingerprints

),

dated as (

    select
        cast(numbered.FingerprintNumber as bigint) as FingerprintNumber,
        cast(
            min(numbered.FingerprintNumber) over (partition by {{ exact_text('numbered.Artist') }})
            as bigint
        ) as ArtistKey,
        cast(
            min(numbered.FingerprintNumber) over (
                partition by numbered.RowBits8, numbered.ColumnBits8
            ) as bigint
        ) as HashNumber,
        numbered.Artist,
        numbered.Fingerprint,
        numbered.Evidence,
        numbered.SplitKey,
        numbered.RowBits8,
        numbered.ColumnBits8,
        numbered.RowBits6,
        numbered.ColumnBits6,
        numbered.KeeperNumber,
        numbered.Images,
        cast(
            row_number() over (
                order by
                    first_seen.FirstBuild,
                    {{ exact_text('numbered.Fingerprint') }},
                    {{ exact_text('numbered.Artist') }}
            ) as bigint
        ) as Seniority
    from numbered
    inner join {{ ref('int_fingerprints_first_seen') }} as first_seen
        on
            {{ exact_text('numbered.Artist') }} = {{ exact_text('first_seen.Artist') }}
            and {{ exact_text('numbered.Fingerprint') }}
            = {{ exact_text('first_seen.Fingerprint') }}

)

select * from dated
