{#- A component that contains clearly different pictures is not trusted. It falls back to its
    stronger links and, if that is not enough, to the strongest ones. How far pictures are apart
    that a match binds does not count: they and their copies are a cluster, which is as far from
    others as its nearest fingerprint, and two that are too far apart may be near by way of one. Only
    these ways are looked for, because there are as many as triples of clusters. -#}
{%- set chain_bits = var('chain_bits') -%}

with fingerprints as (

    select * from {{ ref('int_fingerprints_numbered') }} as fingerprints

),

labels as (

    select
        SetNumber,
        max(case when WeakestStrength = 'match' then Label end) as MatchLabel,
        max(case when WeakestStrength = 'close' then Label end) as CloseLabel,
        max(case when WeakestStrength = 'near' then Label end) as NearLabel,
        max(case when WeakestStrength = 'bold' then Label end) as BoldLabel,
        max(case when WeakestStrength = 'across artists' then Label end) as FamilyLabel
    from {{ ref('int_fingerprints_labelled') }} as labels
    group by SetNumber

),

labelled as (

    select
        fingerprints.FingerprintNumber,
        fingerprints.RowBits8,
        fingerprints.ColumnBits8,
        coalesce(labels.MatchLabel, fingerprints.FingerprintNumber) as ClusterNumber,
        case when labels.MatchLabel is null then 0 else 1 end as IsMatched,
        coalesce(labels.CloseLabel, copy_sets.SetNumber, fingerprints.FingerprintNumber)
            as CloseLabel,
        coalesce(labels.NearLabel, copy_sets.SetNumber, fingerprints.FingerprintNumber)
            as NearLabel,
        coalesce(labels.BoldLabel, copy_sets.SetNumber, fingerprints.FingerprintNumber)
            as BoldLabel,
        coalesce(labels.FamilyLabel, copy_sets.SetNumber) as FamilyLabel
    from fingerprints
    left join {{ ref('int_fingerprints_close') }} as copy_sets
        on
            fingerprints.FingerprintNumber = copy_sets.FingerprintNumber
            and copy_sets.Strength = 'copy'
    left join labels
        on coalesce(copy_sets.SetNumber, fingerprints.FingerprintNumber) = labels.SetNumber
    where coalesce(copy_sets.SetNumber, labels.SetNumber) is not null

),

matched_components as (

    select distinct BoldLabel
    from labelled
    where IsMatched = 1

),

cluster_distances as (

    select
        one.ClusterNumber,
        one.IsMatched,
        one.NearLabel,
        one.CloseLabel,
        other.ClusterNumber as OtherCluster,
        other.NearLabel as OtherNearLabel,
        other.CloseLabel as OtherCloseLabel,
        min({{ hash_distance('one', 'other') }}) as Distance
    from matched_components
    inner join labelled as one on matched_components.BoldLabel = one.BoldLabel
    inner join labelled as other
        on
            one.BoldLabel = other.BoldLabel
            and one.ClusterNumber <> other.ClusterNumber
    group by
        one.ClusterNumber,
        one.IsMatched,
        one.NearLabel,
        one.CloseLabel,
        other.ClusterNumber,
        other.NearLabel,
        other.CloseLabel

),

legs as (

    select
        ClusterNumber,
        OtherCluster,
        Distance
    from cluster_distances
    where
        IsMatched = 1
        and Distance < {{ chain_bits }}

),

-- Grouped, so that no engine joins the legs with each other first.
first_legs as (

    select
        far.ClusterNumber,
        far.OtherCluster,
        legs.ClusterNumber as ViaCluster,
        min(legs.Distance) as Distance
    from cluster_distances as far
    inner join legs on far.ClusterNumber = legs.OtherCluster
    where far.Distance > {{ chain_bits }}
    group by far.ClusterNumber, far.OtherCluster, legs.ClusterNumber

),

detours as (

    select
        first_legs.ClusterNumber,
        first_legs.OtherCluster,
        min(first_legs.Distance + legs.Distance) as Distance
    from first_legs
    inner join legs
        on
            first_legs.ViaCluster = legs.ClusterNumber
            and first_legs.OtherCluster = legs.OtherCluster
    where first_legs.Distance + legs.Distance <= {{ chain_bits }}
    group by first_legs.ClusterNumber, first_legs.OtherCluster

),

distances as (

    select
        one.ClusterNumber,
        one.NearLabel,
        one.CloseLabel,
        other.NearLabel as OtherNearLabel,
        other.CloseLabel as OtherCloseLabel,
        {{ hash_distance('one', 'other') }} as Distance
    from labelled as one
    inner join labelled as other
        on
            one.BoldLabel = other.BoldLabel
            and one.FingerprintNumber < other.FingerprintNumber
    left join matched_components on one.BoldLabel = matched_components.BoldLabel
    where matched_components.BoldLabel is null

    union all

    select
        direct.ClusterNumber,
        direct.NearLabel,
        direct.CloseLabel,
        direct.OtherNearLabel,
        direct.OtherCloseLabel,
        coalesce(detours.Distance, direct.Distance) as Distance
    from cluster_distances as direct
    left join detours
        on
            direct.ClusterNumber = detours.ClusterNumber
            and direct.OtherCluster = detours.OtherCluster

),

reaches as (

    select
        ClusterNumber,
        max(Distance) as BoldReach,
        max(case when NearLabel = OtherNearLabel then Distance end) as NearReach,
        max(case when CloseLabel = OtherCloseLabel then Distance end) as CloseReach
    from distances
    group by ClusterNumber

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
    left join reaches on labelled.ClusterNumber = reaches.ClusterNumber

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
