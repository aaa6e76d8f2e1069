{#- A table, since split_leakage looks at these images several times. -#}
{{ config(indexes=server_indexes([
    {'columns': ['FingerprintNumber', 'ModelVersion']},
    {'columns': ['HashNumber', 'ModelVersion']},
])) }}

with version_1 as (

    select
        1 as ModelVersion,
        Artist,
        URL,
        DHashHex8,
        {{ train_or_test(seeded_random('DHashHex' ~ var('hash_level'))) }} as Split
    from {{ ref('int_paintings_ranked') }} as paintings
    where KeeperRank = 1

),

version_2 as (

    select
        2 as ModelVersion,
        paintings.Artist,
        paintings.URL,
        paintings.DHashHex8,
        groups.Split
    from {{ ref('int_groups_split') }} as groups
    inner join {{ ref('int_paintings_fingerprinted') }} as paintings
        on groups.KeptImage = paintings.ImageNumber

),

fingerprints as (

    select *
    from {{ ref('int_fingerprints_numbered') }} as fingerprints
    where Evidence = 'hash'

),

kept as (

    select * from version_1

    union all

    select * from version_2

),

split as (

    select
        kept.ModelVersion,
        kept.Artist,
        kept.URL,
        kept.DHashHex8,
        kept.Split,
        fingerprints.FingerprintNumber,
        fingerprints.HashNumber,
        fingerprints.ArtistKey,
        case
            when fingerprints.FingerprintNumber is not null
                then cast(
                    row_number() over (
                        partition by kept.ModelVersion, kept.Split, fingerprints.FingerprintNumber
                        order by {{ exact_text('kept.URL') }}
                    ) as bigint
                )
        end as Place
    from kept
    left join fingerprints
        on
            {{ exact_text('kept.Artist') }} = {{ exact_text('fingerprints.Artist') }}
            and {{ exact_text('kept.DHashHex8') }} = {{ exact_text('fingerprints.Fingerprint') }}

)

select * from split
