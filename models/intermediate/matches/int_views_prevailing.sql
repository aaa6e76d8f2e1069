{#- Matches bring together the whole painting, its details, and photographs of it in a frame or
    mirrored. What most images show is likely to be the painting. Only groups in which pictures show
    something different are looked at. -#}
with members as (

    select
        groups.FingerprintNumber,
        groups.KeeperNumber,
        groups.Images,
        groups.GroupNumber,
        coalesce(copies.SetNumber, groups.FingerprintNumber) as SetNumber
    from {{ ref('int_groups_settled') }} as groups
    left join {{ ref('int_fingerprints_close') }} as copies
        on
            groups.FingerprintNumber = copies.FingerprintNumber
            and copies.Strength = 'copy'

),

matches as (

    select
        FingerprintNumber,
        OtherNumber,
        IsSameView
    from {{ ref('int_matches_numbered') }} as matches
    where Finding in ('match', 'weak match')

),

hash_links as (

    select
        FingerprintNumber,
        OtherNumber,
        Strength
    from {{ ref('int_fingerprints_linked') }} as hash_links
    where Strength in ('close', 'near', 'bold', 'mirrored')

),

other_views as (

    select
        FingerprintNumber,
        OtherNumber
    from matches
    where IsSameView = 0

    union all

    select
        FingerprintNumber,
        OtherNumber
    from hash_links
    where Strength = 'mirrored'

),

mixed_groups as (

    select distinct one.GroupNumber
    from other_views
    inner join members as one on other_views.FingerprintNumber = one.FingerprintNumber
    inner join members as other
        on
            other_views.OtherNumber = other.FingerprintNumber
            and one.GroupNumber = other.GroupNumber

),

mixed_members as (

    select members.*
    from members
    inner join mixed_groups on members.GroupNumber = mixed_groups.GroupNumber

),

-- Hashes are similar only if both pictures show about the same.
links as (

    select
        FingerprintNumber,
        OtherNumber,
        IsSameView
    from matches

    union all

    select
        FingerprintNumber,
        OtherNumber,
        case when Strength = 'mirrored' then 0 else 1 end as IsSameView
    from hash_links

),

-- A reviewer may have divided a set of copies between two groups.
linked_sets as (

    select
        one.GroupNumber,
        one.SetNumber,
        other.SetNumber as OtherSet,
        links.IsSameView
    from links
    inner join mixed_members as one on links.FingerprintNumber = one.FingerprintNumber
    inner join mixed_members as other
        on
            links.OtherNumber = other.FingerprintNumber
            and one.GroupNumber = other.GroupNumber
            and one.SetNumber <> other.SetNumber

),

both_ways as (

    select
        GroupNumber,
        SetNumber,
        OtherSet,
        IsSameView
    from linked_sets

    union all

    select
        GroupNumber,
        OtherSet as SetNumber,
        SetNumber as OtherSet,
        IsSameView
    from linked_sets

),

same_views as (

    select
        GroupNumber,
        SetNumber,
        OtherSet
    from both_ways
    group by GroupNumber, SetNumber, OtherSet
    having min(IsSameView) = 1

),

-- Verdicts may put copies into two groups.
sets as (

    select
        GroupNumber,
        SetNumber,
        min(KeeperNumber) as KeeperNumber,
        sum(Images) as Images
    from mixed_members
    group by GroupNumber, SetNumber

),

views as (

    select
        sets.GroupNumber,
        sets.SetNumber,
        min(sets.Images) + coalesce(sum(other.Images), 0) as ViewImages
    from sets
    left join same_views
        on
            sets.GroupNumber = same_views.GroupNumber
            and sets.SetNumber = same_views.SetNumber
    left join sets as other
        on
            same_views.GroupNumber = other.GroupNumber
            and same_views.OtherSet = other.SetNumber
    group by sets.GroupNumber, sets.SetNumber

),

ranked as (

    select
        sets.GroupNumber,
        sets.KeeperNumber,
        cast(views.ViewImages as bigint) as ViewImages,
        row_number() over (
            partition by sets.GroupNumber
            order by
                {{ is_accepted_format('best.EncodingFormat') }} desc,
                views.ViewImages desc,
                sets.KeeperNumber asc
        ) as Place
    from sets
    inner join views
        on
            sets.GroupNumber = views.GroupNumber
            and sets.SetNumber = views.SetNumber
    inner join {{ ref('int_paintings_fingerprinted') }} as best
        on sets.KeeperNumber = best.KeeperNumber

)

select
    GroupNumber,
    KeeperNumber,
    ViewImages
from ranked
where Place = 1
