{#- A weak match may be a mistake, so one alone must not join two groups of several images. Nor may
    one picture, such as a photograph of a wall with two paintings, join two groups by several. -#}
{{ config(materialized='connected_components') }}

with members as (

    select
        groups.GroupNumber,
        groups.FingerprintNumber,
        groups.Images,
        groups.Seniority,
        coalesce(close_sets.SetNumber, groups.FingerprintNumber) as SetNumber
    from {{ ref('int_fingerprints_grouped') }} as groups
    left join {{ ref('int_fingerprints_close') }} as close_sets
        on
            groups.FingerprintNumber = close_sets.FingerprintNumber
            and close_sets.Strength = 'close'

),

weak_matches as (

    select
        one.GroupNumber,
        one.SetNumber,
        other.GroupNumber as OtherGroup,
        other.SetNumber as OtherSet,
        matches.Inliers
    from {{ ref('int_matches_numbered') }} as matches
    inner join members as one on matches.FingerprintNumber = one.FingerprintNumber
    inner join members as other on matches.OtherNumber = other.FingerprintNumber
    where
        matches.Finding = 'weak match'
        and one.GroupNumber <> other.GroupNumber

),

both_ways as (

    select
        GroupNumber,
        SetNumber,
        OtherGroup,
        OtherSet,
        Inliers
    from weak_matches

    union all

    select
        OtherGroup as GroupNumber,
        OtherSet as SetNumber,
        GroupNumber as OtherGroup,
        SetNumber as OtherSet,
        Inliers
    from weak_matches

),

-- Of two sets, one match counts.
set_pairs as (

    select
        GroupNumber,
        SetNumber,
        OtherGroup,
        OtherSet,
        max(Inliers) as Inliers
    from both_ways
    group by GroupNumber, SetNumber, OtherGroup, OtherSet

),

group_pairs as (

    select
        GroupNumber,
        OtherGroup,
        {{ count_big('*') }} as Matches,
        {{ count_big('distinct SetNumber') }} as MatchedSets,
        {{ count_big('distinct OtherSet') }} as OtherMatchedSets,
        max(Inliers) as Inliers
    from set_pairs
    group by GroupNumber, OtherGroup

),

sizes as (

    select
        members.GroupNumber,
        sum(members.Images) as Images,
        min(members.Seniority) as Seniority,
        {{ count_big('distinct members.SetNumber') }} as CloseSets
    from members
    where members.GroupNumber in (select group_pairs.GroupNumber from group_pairs)
    group by members.GroupNumber

),

-- The best of the groups that a picture may join.
ranked as (

    select
        group_pairs.GroupNumber,
        group_pairs.OtherGroup,
        row_number() over (
            partition by group_pairs.GroupNumber
            order by
                group_pairs.Matches desc,
                group_pairs.Inliers desc,
                other.Seniority asc
        ) as Place
    from group_pairs
    inner join sizes as one on group_pairs.GroupNumber = one.GroupNumber
    inner join sizes as other on group_pairs.OtherGroup = other.GroupNumber
    where
        one.Images = 1
        or (
            one.CloseSets = 1
            and group_pairs.Matches > 1
        )

),

links as (

    select
        GroupNumber,
        OtherGroup
    from ranked
    where Place = 1

    union

    -- At least two matches that have no picture in common.
    select
        GroupNumber,
        OtherGroup
    from group_pairs
    where
        MatchedSets > 1
        and OtherMatchedSets > 1

)

select
    cast('weak match' as varchar(20)) as Strength,
    GroupNumber,
    OtherGroup as Label
from links
