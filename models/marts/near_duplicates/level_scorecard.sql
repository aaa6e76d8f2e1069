{#- How a dropped image is compared with the one that is kept. -#}
{%- set comparison -%}
        kept.Method,
        dropped.ArtistKey,
        keeper.ArtistKey as KeptArtistKey,
        {{ hash_distance('dropped', 'keeper') }} as Distance,
        dropped.IsFlat + keeper.IsFlat as FlatSides
{%- endset -%}
{%- set errors = {
    'SuspectedWrongMerges': 'wrong merges',
    'CrossArtistMerges': 'merges across artists',
    'FlatMerges': 'merges of flat images',
    'SuspectedMisses': 'misses',
    'LeakedPairs': 'leaked pairs',
} -%}
{%- set is_as_good = 'Place > 1 and SuspectedErrors = FewestErrors' -%}
{%- set is_worse = 'SuspectedErrors > FewestErrors' -%}
{%- set reason = [
    "case when Place = 1 then 'Recommended: fewest suspected errors, '"
    " when SuspectedErrors = FewestErrors then 'As good as ' else 'Not recommended: ' end",
    'case when ' ~ is_as_good ~ " then BestMethod else '' end",
    'case when ' ~ is_as_good ~ " then ', which is recommended: ' else '' end",
    'cast(SuspectedErrors as varchar(20))',
    "' ('",
] -%}
{%- for column, name in errors.items() -%}
    {%- do reason.append('cast(' ~ column ~ ' as varchar(20))') -%}
    {%- do reason.append("' " ~ name ~ (')' if loop.last else ', ') ~ "'") -%}
{%- endfor -%}
{%- do reason.append('case when ' ~ is_worse ~ " then ' against ' else '' end") -%}
{%- set fewest = 'cast(FewestErrors as varchar(20))' -%}
{%- do reason.append('case when ' ~ is_worse ~ ' then ' ~ fewest ~ " else '' end") -%}

with images as (

    select
        grouped.ImageNumber,
        grouped.FingerprintNumber,
        grouped.ArtistKey,
        grouped.GroupNumber,
        {%- for level in var('hash_levels') %}
        paintings.DHashHex{{ level }},
        {%- endfor %}
        paintings.RowBits8,
        paintings.ColumnBits8,
        case when paintings.Evidence = 'flat' then 1 else 0 end as IsFlat
    from {{ ref('int_images_grouped') }} as grouped
    inner join {{ ref('int_paintings_fingerprinted') }} as paintings
        on grouped.ImageNumber = paintings.ImageNumber

),

kept as (

    select * from {{ ref('int_images_kept_by_method') }} as kept

),

near_links as (

    select
        FingerprintNumber,
        OtherNumber
    from {{ ref('int_fingerprints_linked') }} as links
    where Strength in ('close', 'near')

),

fingerprints as (

    select * from {{ ref('int_fingerprints_numbered') }} as fingerprints

),

kept_counts as (

    select
        kept.Method,
        kept.Level,
        {{ count_big('*') }} as UniqueImages,
        cast(sum(kept.Images) - {{ count_big('*') }} as bigint) as EliminatedImages,
        {{ count_big('case when keeper.IsFlat = 1 then 1 end') }} as FlatImages
    from kept
    inner join images as keeper on kept.KeptImage = keeper.ImageNumber
    group by kept.Method, kept.Level

),

merged_images as (

    {%- for method in methods() %}
    select
{{ comparison }}
    from kept
    inner join images as keeper on kept.KeptImage = keeper.ImageNumber
    inner join images as dropped
        on
            keeper.{{ method.column }} = dropped.{{ method.column }}
            and keeper.ImageNumber <> dropped.ImageNumber
    where
        kept.Method = '{{ method.name }}'
        and kept.Images > 1
        {%- if method.level %}
        -- Version 1 rejects rows without it.
        and dropped.DHashHex8 is not null
        {%- endif %}
    {{ 'union all' if not loop.last }}
    {%- endfor %}

),

merge_counts as (

    select
        Method,
        {{ count_big('case when Distance > ' ~ var('bold_bits') ~ ' then 1 end') }}
            as SuspectedWrongMerges,
        {{ count_big('case when ArtistKey <> KeptArtistKey then 1 end') }} as CrossArtistMerges,
        {{ count_big('case when FlatSides > 0 then 1 end') }} as FlatMerges
    from merged_images
    group by Method

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

kept_of_fingerprint as (

    select
        kept.Method,
        keeper.FingerprintNumber,
        {{ count_big("case when kept.Split = 'Train' then 1 end") }} as Train,
        {{ count_big("case when kept.Split = 'Test' then 1 end") }} as Test,
        {{ count_big('*') }} as Images
    from kept
    inner join images as keeper on kept.KeptImage = keeper.ImageNumber
    inner join crowded_fingerprints
        on keeper.FingerprintNumber = crowded_fingerprints.FingerprintNumber
    group by kept.Method, keeper.FingerprintNumber

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
        Method,
        Images * (Images - 1) / 2 as Misses,
        Train * Test as Leaks
    from kept_of_fingerprint

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
        kept_counts.FlatImages,
        cast(coalesce(merge_counts.FlatMerges, 0) as bigint) as FlatMerges
    from kept_counts
    left join merge_counts on kept_counts.Method = merge_counts.Method
    left join miss_counts on kept_counts.Method = miss_counts.Method

),

scores as (

    select
        *,
        cast({{ errors | join(' + ') }} as bigint) as SuspectedErrors
    from counts

),

ranked as (

    select
        *,
        -- If several are equal, version 2 comes first (it has no level), then the finest level.
        row_number() over (order by SuspectedErrors, coalesce(Level, 9) desc) as Place,
        min(SuspectedErrors) over (partition by 1) as FewestErrors,
        first_value(Method) over (order by SuspectedErrors, coalesce(Level, 9) desc) as BestMethod
    from scores

)

select
    Level,
    Method,
    UniqueImages,
    EliminatedImages,
    SuspectedWrongMerges,
    SuspectedMisses,
    CrossArtistMerges,
    LeakedPairs,
    FlatImages,
    FlatMerges,
    case Place when 1 then 1 else 0 end as IsRecommended,
    cast({{ dbt.concat(reason) }} as varchar(300)) as Reason
from ranked
