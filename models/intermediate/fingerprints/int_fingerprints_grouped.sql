{#- A component that contains clearly different pictures is not trusted. It falls back to its
    stronger links and, if that is not enough, to the strongest ones. -#}
{%- set chain_bits = var('chain_bits') -%}

with fingerprints as (

    select * from {{ ref('int_fingerprints_numbered') }} as fingerprints

),

labels as (

    select
        FingerprintNumber,
        {%- for strength in ['Close', 'Near', 'Bold'] %}
        coalesce(
            max(case when WeakestStrength = '{{ strength | lower }}' then Label end),
            FingerprintNumber
        ) as {{ strength }}Label,
        {%- endfor %}
        max(case when WeakestStrength = 'across artists' then Label end) as FamilyLabel
    from {{ ref('int_fingerprints_labelled') }} as labels
    group by FingerprintNumber

),

labelled as (

    select
        labels.*,
        fingerprints.RowBits8,
        fingerprints.ColumnBits8
    from labels
    inner join fingerprints
        on labels.FingerprintNumber = fingerprints.FingerprintNumber

),

distances as (

    select
        one.FingerprintNumber,
        one.BoldLabel,
        one.NearLabel,
        one.CloseLabel,
        other.NearLabel as OtherNearLabel,
        other.CloseLabel as OtherCloseLabel,
        {{ hash_distance('one', 'other') }} as Distance
    from labelled as one
    inner join labelled as other
        on
            one.BoldLabel = other.BoldLabel
            and one.FingerprintNumber <> other.FingerprintNumber

),

reaches as (

    select
        FingerprintNumber,
        max(Distance) as BoldReach,
        max(case when NearLabel = OtherNearLabel then Distance end) as NearReach,
        max(case when CloseLabel = OtherCloseLabel then Distance end) as CloseReach
    from distances
    group by FingerprintNumber

),

spans as (

    select
        labelled.FingerprintNumber,
        labelled.BoldLabel,
        labelled.NearLabel,
        labelled.CloseLabel,
        labelled.FamilyLabel,
        coalesce(max(reaches.BoldReach) over (partition by labelled.BoldLabel), 0) as BoldSpan,
        coalesce(max(reaches.NearReach) over (partition by labelled.NearLabel), 0) as NearSpan,
        coalesce(max(reaches.CloseReach) over (partition by labelled.CloseLabel), 0) as CloseSpan
    from labelled
    left join reaches on labelled.FingerprintNumber = reaches.FingerprintNumber

),

groups as (

    select
        fingerprints.FingerprintNumber,
        fingerprints.ArtistKey,
        fingerprints.Seniority,
        fingerprints.KeeperNumber,
        fingerprints.Images,
        coalesce(spans.FamilyLabel, fingerprints.FingerprintNumber) as FamilyNumber,
        case
            when spans.BoldSpan <= {{ chain_bits }} then spans.BoldLabel
            when spans.NearSpan <= {{ chain_bits }} then spans.NearLabel
            else coalesce(spans.CloseLabel, fingerprints.FingerprintNumber)
        end as GroupNumber,
        case
            when spans.BoldSpan <= {{ chain_bits }} then spans.BoldSpan
            when spans.NearSpan <= {{ chain_bits }} then spans.NearSpan
            else coalesce(spans.CloseSpan, 0)
        end as LargestDistance,
        case when spans.BoldSpan > {{ chain_bits }} then 1 else 0 end as IsSplitChain
    from fingerprints
    left join spans on fingerprints.FingerprintNumber = spans.FingerprintNumber

)

select * from groups
