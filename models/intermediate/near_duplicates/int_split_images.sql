{#- A table, since split_leakage looks at these images eight times. -#}
{{ config(indexes=server_indexes([
    {'columns': ['FingerprintNumber', 'ModelVersion']},
    {'columns': ['HashNumber', 'ModelVersion']},
])) }}

with images as (

    select
        kept.ModelVersion,
        kept.Artist,
        kept.URL,
        kept.DHashHex8,
        kept.Split,
        fingerprints.FingerprintNumber,
        fingerprints.HashNumber,
        fingerprints.ArtistKey,
        cast(
            row_number() over (
                partition by kept.ModelVersion, kept.Split, fingerprints.FingerprintNumber
                order by {{ exact_text('kept.URL') }}
            ) as bigint
        ) as Place
    from {{ ref('int_kept_images') }} as kept
    inner join {{ ref('int_fingerprints') }} as fingerprints
        on
            {{ exact_text('kept.Artist') }} = {{ exact_text('fingerprints.Artist') }}
            and {{ exact_text('kept.DHashHex8') }} = {{ exact_text('fingerprints.Fingerprint') }}

)

select * from images
