with images as (

    select *
    from {{ ref('int_images_split') }} as images
    where FingerprintNumber is not null

),

links as (

    select * from {{ ref('int_fingerprints_linked') }} as links

),

-- One image represents its fingerprint, so that the work does not grow with the square of the
-- number of equal images.
test_images as (

    select *
    from images
    where
        Split = 'Test'
        and Place = 1

),

train_images as (

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

near_fingerprints as (

    select
        FingerprintNumber as TestNumber,
        FingerprintNumber as TrainNumber,
        0 as Distance
    from test_images

    union

    select
        FingerprintNumber as TestNumber,
        OtherNumber as TrainNumber,
        Distance
    from links
    where Strength in ('close', 'near')

    union

    select
        OtherNumber as TestNumber,
        FingerprintNumber as TrainNumber,
        Distance
    from links
    where Strength in ('close', 'near')

),

near_hashes as (

    select
        HashNumber as TestNumber,
        HashNumber as TrainNumber,
        0 as Distance
    from test_images

    union

    select
        FingerprintNumber as TestNumber,
        OtherNumber as TrainNumber,
        Distance
    from links
    where
        Strength = 'across artists'
        and Distance > 0

    union

    select
        OtherNumber as TestNumber,
        FingerprintNumber as TrainNumber,
        Distance
    from links
    where
        Strength = 'across artists'
        and Distance > 0

),

leaks_within_artist as (

    select
        test_images.ModelVersion,
        test_images.FingerprintNumber as TestNumber,
        train_images.FingerprintNumber as TrainNumber,
        near_fingerprints.Distance
    from near_fingerprints
    inner join test_images on near_fingerprints.TestNumber = test_images.FingerprintNumber
    inner join train_images
        on
            near_fingerprints.TrainNumber = train_images.FingerprintNumber
            and test_images.ModelVersion = train_images.ModelVersion

),

-- If several artists share a hash, the first or the last of them differs from the one in Test, so
-- it is enough to compare these two.
leaks_across_artists as (

    select
        test_images.ModelVersion,
        test_images.FingerprintNumber as TestNumber,
        train_images.FingerprintNumber as TrainNumber,
        near_hashes.Distance
    from near_hashes
    inner join test_images on near_hashes.TestNumber = test_images.HashNumber
    inner join train_images
        on
            near_hashes.TrainNumber = train_images.HashNumber
            and test_images.ModelVersion = train_images.ModelVersion
            and test_images.ArtistKey <> train_images.ArtistKey
    where
        train_images.FromFirst = 1
        or train_images.FromLast = 1

),

leaks as (

    select * from leaks_within_artist

    union all

    select * from leaks_across_artists

),

ranked as (

    select
        *,
        row_number() over (
            partition by ModelVersion, TestNumber
            order by Distance, TrainNumber
        ) as Place
    from leaks

),

nearest as (

    select
        images.ModelVersion,
        images.Artist as TestArtist,
        images.URL as TestURL,
        images.DHashHex8 as TestDHashHex8,
        train_images.Artist as TrainArtist,
        train_images.URL as TrainURL,
        train_images.DHashHex8 as TrainDHashHex8,
        ranked.Distance
    from ranked
    inner join images
        on
            ranked.ModelVersion = images.ModelVersion
            and ranked.TestNumber = images.FingerprintNumber
            and images.Split = 'Test'
    inner join train_images
        on
            ranked.ModelVersion = train_images.ModelVersion
            and ranked.TrainNumber = train_images.FingerprintNumber
    where ranked.Place = 1

)

select * from nearest
