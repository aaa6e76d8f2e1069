{%- set hash_column = 'DHashHex' ~ var('hash_level') -%}

with kept as (

    select
        1 as ModelVersion,
        Artist,
        URL,
        DHashHex8,
        case when Random < {{ var('train_share') }} then 'Train' else 'Test' end as Split
    from {{ ref('unique_paintings', v=1) }}

    union all

    select
        2 as ModelVersion,
        Artist,
        URL,
        DHashHex8,
        Split
    from {{ ref('unique_paintings', v=2) }}

),

known as (

    select
        kept.*,
        fingerprints.FingerprintNumber,
        fingerprints.HashNumber,
        fingerprints.ArtistKey
    from kept
    inner join {{ ref('int_fingerprints') }} as fingerprints
        on
            {{ exact_text('kept.Artist') }} = {{ exact_text('fingerprints.Artist') }}
            and {{ exact_text('kept.DHashHex8') }} = {{ exact_text('fingerprints.Fingerprint') }}

),

pairs as (

    select
        FingerprintNumber as Number,
        OtherNumber,
        Distance,
        1 as IsWithinArtist
    from {{ ref('int_fingerprint_links') }}
    where Strength <= 2

    union all

    select
        HashNumber as Number,
        OtherHashNumber as OtherNumber,
        Distance,
        0 as IsWithinArtist
    from {{ ref('int_hash_pairs') }}

),

both_ways as (

    select
        Number,
        OtherNumber,
        Distance,
        IsWithinArtist
    from pairs

    union all

    select
        OtherNumber as Number,
        Number as OtherNumber,
        Distance,
        IsWithinArtist
    from pairs

),

leaks as (

    select
        train.ModelVersion,
        train.Artist as TrainArtist,
        train.URL as TrainURL,
        train.DHashHex8 as TrainDHashHex8,
        test.Artist as TestArtist,
        test.URL as TestURL,
        test.DHashHex8 as TestDHashHex8,
        pairs.Distance
    from both_ways as pairs
    inner join known as train
        on
            pairs.Number = train.FingerprintNumber
            and train.Split = 'Train'
    inner join known as test
        on
            pairs.OtherNumber = test.FingerprintNumber
            and train.ModelVersion = test.ModelVersion
            and test.Split = 'Test'
    where pairs.IsWithinArtist = 1

    union all

    select
        train.ModelVersion,
        train.Artist as TrainArtist,
        train.URL as TrainURL,
        train.DHashHex8 as TrainDHashHex8,
        test.Artist as TestArtist,
        test.URL as TestURL,
        test.DHashHex8 as TestDHashHex8,
        pairs.Distance
    from both_ways as pairs
    inner join known as train
        on
            pairs.Number = train.HashNumber
            and train.Split = 'Train'
    inner join known as test
        on
            pairs.OtherNumber = test.HashNumber
            and train.ModelVersion = test.ModelVersion
            and test.Split = 'Test'
    where
        pairs.IsWithinArtist = 0
        and train.ArtistKey <> test.ArtistKey

    union all

    select
        train.ModelVersion,
        train.Artist as TrainArtist,
        train.URL as TrainURL,
        train.DHashHex8 as TrainDHashHex8,
        test.Artist as TestArtist,
        test.URL as TestURL,
        test.DHashHex8 as TestDHashHex8,
        0 as Distance
    from known as train
    inner join known as test
        on
            train.HashNumber = test.HashNumber
            and train.ModelVersion = test.ModelVersion
            and train.Split = 'Train'
            and test.Split = 'Test'

)

select * from leaks
