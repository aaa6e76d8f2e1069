with images as (

    select * from {{ ref('int_split_images') }} as images

),

-- One image stands for all of its fingerprint, so that the work does not grow with the square of
-- the images that look the same.
test as (

    select * from images
    where
        Split = 'Test'
        and Place = 1

),

train as (

    select
        *,
        row_number() over (partition by ModelVersion, HashNumber order by ArtistKey) as FromFirst,
        row_number() over (
            partition by ModelVersion, HashNumber
            order by ArtistKey desc
        ) as FromLast
    from images
    where
        Split = 'Train'
        and Place = 1

),

pairs as (

    select
        FingerprintNumber as TestNumber,
        FingerprintNumber as TrainNumber,
        0 as Distance
    from test

    union

    select
        FingerprintNumber as TestNumber,
        OtherNumber as TrainNumber,
        Distance
    from {{ ref('int_fingerprint_links') }} as links
    where Strength in ('close', 'near')

    union

    select
        OtherNumber as TestNumber,
        FingerprintNumber as TrainNumber,
        Distance
    from {{ ref('int_fingerprint_links') }} as links
    where Strength in ('close', 'near')

),

hash_pairs as (

    select
        HashNumber as TestNumber,
        HashNumber as TrainNumber,
        0 as Distance
    from test

    union

    select
        HashNumber as TestNumber,
        OtherHashNumber as TrainNumber,
        Distance
    from {{ ref('int_hash_pairs') }} as pairs

    union

    select
        OtherHashNumber as TestNumber,
        HashNumber as TrainNumber,
        Distance
    from {{ ref('int_hash_pairs') }} as pairs

),

near as (

    select
        test.ModelVersion,
        test.FingerprintNumber as TestNumber,
        train.FingerprintNumber as TrainNumber,
        pairs.Distance
    from pairs
    inner join test on pairs.TestNumber = test.FingerprintNumber
    inner join train
        on
            pairs.TrainNumber = train.FingerprintNumber
            and test.ModelVersion = train.ModelVersion

    union all

    -- If any artist of the hash is another, the first or the last is.
    select
        test.ModelVersion,
        test.FingerprintNumber as TestNumber,
        train.FingerprintNumber as TrainNumber,
        hash_pairs.Distance
    from hash_pairs
    inner join test on hash_pairs.TestNumber = test.HashNumber
    inner join train
        on
            hash_pairs.TrainNumber = train.HashNumber
            and test.ModelVersion = train.ModelVersion
            and test.ArtistKey <> train.ArtistKey
    where
        train.FromFirst = 1
        or train.FromLast = 1

),

ranked as (

    select
        *,
        row_number() over (
            partition by ModelVersion, TestNumber
            order by Distance, TrainNumber
        ) as Place
    from near

),

leaks as (

    select
        images.ModelVersion,
        images.Artist as TestArtist,
        images.URL as TestURL,
        images.DHashHex8 as TestDHashHex8,
        train.Artist as TrainArtist,
        train.URL as TrainURL,
        train.DHashHex8 as TrainDHashHex8,
        nearest.Distance
    from ranked as nearest
    inner join images
        on
            nearest.ModelVersion = images.ModelVersion
            and nearest.TestNumber = images.FingerprintNumber
            and images.Split = 'Test'
    inner join train
        on
            nearest.ModelVersion = train.ModelVersion
            and nearest.TrainNumber = train.FingerprintNumber
    where nearest.Place = 1

)

select * from leaks
