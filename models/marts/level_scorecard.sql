{%- set levels = var('hash_levels') -%}
{%- set share = var('train_share') -%}

with images as (

    select
        images.ImageNumber,
        numbers.FingerprintNumber,
        fingerprints.ArtistKey,
        {%- for level in levels %}
        images.DHashHex{{ level }},
        {%- endfor %}
        images.RowBits8,
        images.ColumnBits8,
        case when images.Evidence = 'flat' then 1 else 0 end as IsFlat
    from {{ ref('int_paintings_fingerprinted') }} as images
    inner join {{ ref('int_images') }} as numbers on images.ImageNumber = numbers.ImageNumber
    inner join {{ ref('int_fingerprints') }} as fingerprints
        on numbers.FingerprintNumber = fingerprints.FingerprintNumber

),

links as (

    select
        FingerprintNumber,
        OtherNumber
    from {{ ref('int_fingerprint_links') }} as links
    where Strength in ('close', 'near')

),

-- Of no other fingerprint can two kept images be near each other.
crowded as (

    select FingerprintNumber from links
    union
    select OtherNumber as FingerprintNumber from links
    union
    select FingerprintNumber
    from {{ ref('int_fingerprints') }} as fingerprints
    where
        Images > 1
        and Evidence = 'hash'

),

-- Version 2 is level 0. A row without DHashHex8 takes part in version 2 only.
keepers as (

    {%- for level in levels %}
    select
        {{ level }} as Level,
        min(ImageNumber) as KeptImage,
        {{ count_big('*') }} as Images
    from images
    where DHashHex8 is not null
    group by DHashHex{{ level }}

    union all
    {% endfor %}
    select
        0 as Level,
        KeptImage,
        GroupSize as Images
    from {{ ref('int_groups') }} as groups

),

counts as (

    select
        Level,
        {{ count_big('*') }} as UniqueImages,
        sum(Images) - {{ count_big('*') }} as EliminatedImages
    from keepers
    group by Level

),

dropped_images as (

    {%- for level in levels %}
    select
        {{ level }} as Level,
        dropped.ArtistKey,
        kept.ArtistKey as KeptArtistKey,
        {{ hash_distance('dropped', 'kept') }} as Distance,
        dropped.IsFlat + kept.IsFlat as FlatSides
    from (
        select
            DHashHex{{ level }},
            min(ImageNumber) as KeptImage
        from images
        where DHashHex8 is not null
        group by DHashHex{{ level }}
        having {{ count_big('*') }} > 1
    ) as keepers
    inner join images as dropped
        on
            keepers.DHashHex{{ level }} = dropped.DHashHex{{ level }}
            and keepers.KeptImage <> dropped.ImageNumber
    inner join images as kept on keepers.KeptImage = kept.ImageNumber
    where dropped.DHashHex8 is not null

    union all
    {% endfor %}
    select
        0 as Level,
        dropped.ArtistKey,
        kept.ArtistKey as KeptArtistKey,
        {{ hash_distance('dropped', 'kept') }} as Distance,
        dropped.IsFlat + kept.IsFlat as FlatSides
    from {{ ref('int_groups') }} as groups
    inner join {{ ref('int_fingerprint_groups') }} as members
        on groups.GroupNumber = members.GroupNumber
    inner join images as dropped
        on
            members.FingerprintNumber = dropped.FingerprintNumber
            and groups.KeptImage <> dropped.ImageNumber
    inner join images as kept on groups.KeptImage = kept.ImageNumber
    where groups.GroupSize > 1

),

wrong as (

    select
        Level,
        {{ count_big('case when Distance > ' ~ var('bold_bits') ~ ' then 1 end') }}
            as SuspectedWrongMerges,
        {{ count_big('case when ArtistKey <> KeptArtistKey then 1 end') }} as CrossArtistMerges,
        {{ count_big('case when FlatSides > 0 then 1 end') }} as FlatMerges
    from dropped_images
    group by Level

),

flat as (

    select
        keepers.Level,
        {{ count_big('*') }} as FlatImages
    from keepers
    inner join images as kept on keepers.KeptImage = kept.ImageNumber
    where kept.IsFlat = 1
    group by keepers.Level

),

sides as (

    {%- for level in levels %}
    select
        keepers.Level,
        kept.FingerprintNumber,
        case
            when {{ seeded_random('kept.DHashHex' ~ level) }} < {{ share }} then 1
            else 0
        end as IsTrain
    from keepers
    inner join images as kept on keepers.KeptImage = kept.ImageNumber
    inner join crowded on kept.FingerprintNumber = crowded.FingerprintNumber
    where keepers.Level = {{ level }}

    union all
    {% endfor %}
    select
        0 as Level,
        kept.FingerprintNumber,
        case when groups.Split = 'Train' then 1 else 0 end as IsTrain
    from {{ ref('int_groups') }} as groups
    inner join images as kept on groups.KeptImage = kept.ImageNumber
    inner join crowded on kept.FingerprintNumber = crowded.FingerprintNumber

),

side_counts as (

    select
        Level,
        FingerprintNumber,
        cast(sum(IsTrain) as bigint) as Train,
        cast(sum(1 - IsTrain) as bigint) as Test
    from sides
    group by Level, FingerprintNumber

),

near_pairs as (

    select
        a.Level,
        (a.Train + a.Test) * (b.Train + b.Test) as Misses,
        a.Train * b.Test + a.Test * b.Train as Leaks
    from links
    inner join side_counts as a on links.FingerprintNumber = a.FingerprintNumber
    inner join side_counts as b
        on
            links.OtherNumber = b.FingerprintNumber
            and a.Level = b.Level

    union all

    select
        Level,
        (Train + Test) * (Train + Test - 1) / 2 as Misses,
        Train * Test as Leaks
    from side_counts

),

missed as (

    select
        Level,
        sum(Misses) as SuspectedMisses,
        sum(Leaks) as LeakedPairs
    from near_pairs
    group by Level

),

scores as (

    select
        counts.Level,
        cast(counts.UniqueImages as bigint) as UniqueImages,
        cast(counts.EliminatedImages as bigint) as EliminatedImages,
        cast(coalesce(wrong.SuspectedWrongMerges, 0) as bigint) as SuspectedWrongMerges,
        cast(coalesce(missed.SuspectedMisses, 0) as bigint) as SuspectedMisses,
        cast(coalesce(wrong.CrossArtistMerges, 0) as bigint) as CrossArtistMerges,
        cast(coalesce(missed.LeakedPairs, 0) as bigint) as LeakedPairs,
        cast(coalesce(flat.FlatImages, 0) as bigint) as FlatImages,
        cast(coalesce(wrong.FlatMerges, 0) as bigint) as FlatMerges,
        cast(
            coalesce(wrong.SuspectedWrongMerges, 0) + coalesce(wrong.CrossArtistMerges, 0)
            + coalesce(wrong.FlatMerges, 0)
            + coalesce(missed.SuspectedMisses, 0) + coalesce(missed.LeakedPairs, 0) as bigint
        ) as SuspectedErrors
    from counts
    left join wrong on counts.Level = wrong.Level
    left join missed on counts.Level = missed.Level
    left join flat on counts.Level = flat.Level

),

ranked as (

    select
        *,
        -- Of equals, version 2 first, then the finest level.
        row_number() over (
            order by SuspectedErrors asc, case Level when 0 then 0 else 1 end asc, Level desc
        ) as Place,
        min(SuspectedErrors) over (partition by 1) as FewestErrors
    from scores

),

advised as (

    select
        case Level when 0 then null else Level end as Level,
        cast(
            case Level
                when 0 then 'v2'
                else {{ dbt.concat(["'level '", 'cast(Level as varchar(10))']) }}
            end as varchar(20)
        ) as Method,
        UniqueImages,
        EliminatedImages,
        SuspectedWrongMerges,
        SuspectedMisses,
        CrossArtistMerges,
        LeakedPairs,
        FlatImages,
        FlatMerges,
        case Place when 1 then 1 else 0 end as IsRecommended,
        cast(
            {{ dbt.concat([
                "case Place when 1 then 'Recommended: fewest suspected errors, ' else 'Not recommended: ' end",
                'cast(SuspectedErrors as varchar(20))',
                "' ('", 'cast(SuspectedWrongMerges as varchar(20))', "' wrong merges, '",
                'cast(CrossArtistMerges as varchar(20))', "' merges across artists, '",
                'cast(FlatMerges as varchar(20))', "' merges of flat images, '",
                'cast(SuspectedMisses as varchar(20))', "' misses, '",
                'cast(LeakedPairs as varchar(20))', "' leaked pairs)'",
                "case Place when 1 then '' else ' against ' end",
                "case Place when 1 then '' else cast(FewestErrors as varchar(20)) end",
            ]) }} as varchar(300)
        ) as Reason
    from ranked

)

select * from advised
