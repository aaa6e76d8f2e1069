{#- One image stands for all of its fingerprint on a side, so that the work does not grow with the
    square of the images that look the same. -#}
with test_images as (

    select *
    from {{ ref('int_images_split') }} as images
    where Split = 'Test'

),

train_images as (

    select *
    from {{ ref('int_images_split') }} as images
    where
        Split = 'Train'
        and Place = 1

),

links as (

    select * from {{ ref('int_fingerprints_linked') }} as links

),

test_paintings as (

    select * from {{ ref('int_paintings_fingerprinted') }} as paintings

),

train_paintings as (

    select * from {{ ref('int_paintings_fingerprinted') }} as paintings

),

-- Links across artists are those of the hash, or of the fingerprint where it has none.
first_test_images as (

    select
        *,
        coalesce(HashNumber, FingerprintNumber) as AcrossNumber
    from test_images
    where Place = 1

),

-- Where several artists have the hash, the first or the last of them is another than the one in
-- Test, so that it is enough to look at these two.
outer_train_images as (

    select *
    from (
        select
            *,
            coalesce(HashNumber, FingerprintNumber) as AcrossNumber,
            row_number() over (
                partition by ModelVersion, coalesce(HashNumber, FingerprintNumber)
                order by ArtistKey
            ) as FromFirst,
            row_number() over (
                partition by ModelVersion, coalesce(HashNumber, FingerprintNumber)
                order by ArtistKey desc
            ) as FromLast
        from train_images
    ) as placed
    where
        FromFirst = 1
        or FromLast = 1

),

both_ways as (

    select
        FingerprintNumber as TestNumber,
        OtherNumber as TrainNumber,
        Distance,
        Strength
    from links

    union all

    select
        OtherNumber as TestNumber,
        FingerprintNumber as TrainNumber,
        Distance,
        Strength
    from links

),

leaks as (

    -- The same fingerprint on both sides.
    select
        test_images.ModelVersion,
        test_images.FingerprintNumber as TestNumber,
        train_images.FingerprintNumber as TrainNumber,
        0 as Distance
    from first_test_images as test_images
    inner join train_images
        on
            test_images.FingerprintNumber = train_images.FingerprintNumber
            and test_images.ModelVersion = train_images.ModelVersion
    -- What a flat hash has in common shows nothing.
    where test_images.HashNumber is not null

    union all

    -- Near or matching fingerprints of an artist.
    select
        test_images.ModelVersion,
        both_ways.TestNumber,
        both_ways.TrainNumber,
        both_ways.Distance
    from both_ways
    inner join first_test_images as test_images
        on both_ways.TestNumber = test_images.FingerprintNumber
    inner join train_images
        on
            both_ways.TrainNumber = train_images.FingerprintNumber
            and test_images.ModelVersion = train_images.ModelVersion
    where both_ways.Strength in (
        'same', 'copy', 'close', 'near', 'mirrored', 'match', 'weak match'
    )

    union all

    -- The same hash under another artist.
    select
        test_images.ModelVersion,
        test_images.FingerprintNumber as TestNumber,
        train_images.FingerprintNumber as TrainNumber,
        0 as Distance
    from first_test_images as test_images
    inner join outer_train_images as train_images
        on
            test_images.HashNumber = train_images.HashNumber
            and test_images.ModelVersion = train_images.ModelVersion
            and test_images.ArtistKey <> train_images.ArtistKey

    union all

    -- Near or matching hashes under another artist.
    select
        test_images.ModelVersion,
        test_images.FingerprintNumber as TestNumber,
        train_images.FingerprintNumber as TrainNumber,
        both_ways.Distance
    from both_ways
    inner join first_test_images as test_images
        on both_ways.TestNumber = test_images.AcrossNumber
    inner join outer_train_images as train_images
        on
            both_ways.TrainNumber = train_images.AcrossNumber
            and test_images.ModelVersion = train_images.ModelVersion
            and test_images.ArtistKey <> train_images.ArtistKey
    where
        both_ways.Strength = 'across artists'
        and coalesce(both_ways.Distance, 1) > 0

),

-- A pair may be linked in several ways.
different_leaks as (

    select distinct * from leaks

),

ranked as (

    select
        *,
        row_number() over (
            partition by ModelVersion, TestNumber
            order by coalesce(Distance, 129), TrainNumber
        ) as Place
    from different_leaks

),

nearest as (

    select
        test_images.ModelVersion,
        test_paintings.Artist as TestArtist,
        test_paintings.URL as TestURL,
        test_paintings.DHashHex8 as TestDHashHex8,
        train_paintings.Artist as TrainArtist,
        train_paintings.URL as TrainURL,
        train_paintings.DHashHex8 as TrainDHashHex8,
        ranked.Distance
    from ranked
    inner join test_images
        on
            ranked.ModelVersion = test_images.ModelVersion
            and ranked.TestNumber = test_images.FingerprintNumber
    inner join train_images
        on
            ranked.ModelVersion = train_images.ModelVersion
            and ranked.TrainNumber = train_images.FingerprintNumber
    inner join test_paintings on test_images.KeptImage = test_paintings.ImageNumber
    inner join train_paintings on train_images.KeptImage = train_paintings.ImageNumber
    where ranked.Place = 1

)

select * from nearest
