{#- A method is judged by what it drops (merge_counts), and by what it keeps though something near
    is kept, too (miss_counts). -#}
with kept as (

    select * from {{ ref('int_images_kept_by_method') }} as kept

),

members as (

    select * from {{ ref('int_images_grouped') }} as members

),

-- Images that a match or a reviewer binds, whatever their hashes are.
matched_images as (

    select
        members.ImageNumber,
        labels.Label as ClusterNumber
    from {{ ref('int_fingerprints_labelled') }} as labels
    left join {{ ref('int_fingerprints_close') }} as copy_sets
        on
            labels.SetNumber = copy_sets.SetNumber
            and copy_sets.Strength = 'copy'
    inner join members
        on coalesce(copy_sets.FingerprintNumber, labels.SetNumber) = members.FingerprintNumber
    where labels.WeakestStrength = 'same'

),

flat_paintings as (

    select ImageNumber
    from {{ ref('int_paintings_fingerprinted') }} as paintings
    where Evidence = 'flat'

),

fingerprints as (

    select * from {{ ref('int_fingerprints_numbered') }} as fingerprints

),

near_links as (

    select distinct
        FingerprintNumber,
        OtherNumber
    from {{ ref('int_fingerprints_linked') }} as links
    where
        Strength in ('same', 'copy', 'close', 'near', 'mirrored')
        or (
            Strength = 'match'
            and Distance is not null
        )

),

kept_counts as (

    select
        Method,
        Level,
        {{ count_big('*') }} as UniqueImages,
        cast(sum(Images) - {{ count_big('*') }} as bigint) as EliminatedImages
    from kept
    group by Method, Level

),

flat_counts as (

    select
        kept.Method,
        {{ count_big('*') }} as FlatImages
    from kept
    inner join flat_paintings on kept.KeptImage = flat_paintings.ImageNumber
    group by kept.Method

),

merge_counts as (

    {%- for method in methods() %}
    {{ merge_counts(method) }}
    {{ 'union all' if not loop.last }}
    {%- endfor %}

),

-- Only these fingerprints can contribute near pairs.
crowded_fingerprints as (

    select FingerprintNumber from near_links

    union

    select OtherNumber as FingerprintNumber from near_links

    union

    select FingerprintNumber
    from fingerprints
    where
        Images > 1
        and Evidence = 'hash'

),

crowded_members as (

    select
        members.ImageNumber,
        members.FingerprintNumber
    from members
    inner join crowded_fingerprints
        on members.FingerprintNumber = crowded_fingerprints.FingerprintNumber

),

kept_of_fingerprint as (

    select
        kept.Method,
        crowded_members.FingerprintNumber,
        {{ count_big("case when kept.Split = 'Train' then 1 end") }} as Train,
        {{ count_big("case when kept.Split = 'Test' then 1 end") }} as Test,
        {{ count_big('*') }} as Images
    from kept
    inner join crowded_members on kept.KeptImage = crowded_members.ImageNumber
    group by kept.Method, crowded_members.FingerprintNumber

),

missed_pairs as (

    select
        one.Method,
        one.Images * other.Images as Misses,
        one.Train * other.Test + one.Test * other.Train as Leaks
    from near_links
    inner join kept_of_fingerprint as one on near_links.FingerprintNumber = one.FingerprintNumber
    inner join kept_of_fingerprint as other
        on
            near_links.OtherNumber = other.FingerprintNumber
            and one.Method = other.Method

    union all

    select
        kept_of_fingerprint.Method,
        kept_of_fingerprint.Images * (kept_of_fingerprint.Images - 1) / 2 as Misses,
        kept_of_fingerprint.Train * kept_of_fingerprint.Test as Leaks
    from kept_of_fingerprint
    inner join fingerprints
        on kept_of_fingerprint.FingerprintNumber = fingerprints.FingerprintNumber
    -- A flat image may be crowded by a verdict alone.
    where fingerprints.Evidence = 'hash'

),

miss_counts as (

    select
        Method,
        sum(Misses) as SuspectedMisses,
        sum(Leaks) as LeakedPairs
    from missed_pairs
    group by Method

),

counts as (

    select
        kept_counts.Method,
        kept_counts.Level,
        kept_counts.UniqueImages,
        kept_counts.EliminatedImages,
        cast(coalesce(merge_counts.SuspectedWrongMerges, 0) as bigint) as SuspectedWrongMerges,
        cast(coalesce(miss_counts.SuspectedMisses, 0) as bigint) as SuspectedMisses,
        cast(coalesce(merge_counts.CrossArtistMerges, 0) as bigint) as CrossArtistMerges,
        cast(coalesce(miss_counts.LeakedPairs, 0) as bigint) as LeakedPairs,
        cast(coalesce(flat_counts.FlatImages, 0) as bigint) as FlatImages,
        cast(coalesce(merge_counts.FlatMerges, 0) as bigint) as FlatMerges
    from kept_counts
    left join flat_counts on kept_counts.Method = flat_counts.Method
    left join merge_counts on kept_counts.Method = merge_counts.Method
    left join miss_counts on kept_counts.Method = miss_counts.Method

),

scores as (

    select
        *,
        SuspectedWrongMerges + CrossArtistMerges + FlatMerges + SuspectedMisses + LeakedPairs
            as SuspectedErrors
    from counts

),

ranked as (

    select
        *,
        -- Of equals, version 2 first, which has no level; then the finest level.
        row_number() over (
            order by
                SuspectedErrors asc,
                case when Level is null then 0 else 1 end asc,
                Level desc
        ) as Place
    from scores

),

best as (

    select
        Method as BestMethod,
        SuspectedErrors as FewestErrors
    from ranked
    where Place = 1

)

select
    ranked.Level,
    ranked.Method,
    ranked.UniqueImages,
    ranked.EliminatedImages,
    ranked.SuspectedWrongMerges,
    ranked.SuspectedMisses,
    ranked.CrossArtistMerges,
    ranked.LeakedPairs,
    ranked.FlatImages,
    ranked.FlatMerges,
    case ranked.Place when 1 then 1 else 0 end as IsRecommended,
    {{ recommendation() }} as Reason
from ranked
cross join best
