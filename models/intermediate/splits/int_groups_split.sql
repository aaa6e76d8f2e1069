with anchors as (

    select * from {{ ref('int_fingerprints_numbered') }} as fingerprints

),

elders as (

    select * from {{ ref('int_fingerprints_numbered') }} as fingerprints

),

members as (

    select * from {{ ref('int_groups_settled') }} as members

),

images as (

    select * from {{ ref('int_paintings_fingerprinted') }} as images

),

groups as (

    select
        members.GroupNumber,
        cast(sum(members.Images) as bigint) as GroupSize,
        min(members.FamilyNumber) as FamilyNumber,
        min(members.ArtistKey) as ArtistKey,
        min(members.Seniority) as Seniority,
        coalesce(min(prevailing.KeeperNumber), min(members.KeeperNumber)) as KeeperNumber,
        max(members.LargestDistance) as LargestDistance,
        max(members.IsSplitChain) as IsSplitChain
    from members
    left join {{ ref('int_views_prevailing') }} as prevailing
        on members.GroupNumber = prevailing.GroupNumber
    group by members.GroupNumber

),

families as (

    select
        FamilyNumber,
        min(Seniority) as Seniority
    from members
    group by FamilyNumber

),

anchored as (

    select
        groups.GroupNumber,
        groups.ArtistKey,
        images.ImageNumber as KeptImage,
        groups.GroupSize,
        groups.LargestDistance,
        groups.IsSplitChain,
        cast(
            substring(
                {{ text_digest(dbt.concat([
                    ascii_text('anchors.Artist'), "':'", 'anchors.Fingerprint'
                ])) }},
                1, 16
            ) as varchar(16)
        ) as GroupId,
        elders.SplitKey,
        {{ seeded_random('elders.SplitKey') }} as Random
    from groups
    inner join anchors on groups.Seniority = anchors.Seniority
    inner join families on groups.FamilyNumber = families.FamilyNumber
    inner join elders on families.Seniority = elders.Seniority
    inner join images on groups.KeeperNumber = images.KeeperNumber

)

{%- if not var('stratified_split') %},

dealt as (

    select
        *,
        {{ train_or_test('Random') }} as Split
    from anchored

)

select * from dealt
{%- else %},

{#- Groups with the same SplitKey are on the same side. If all of them belong to one artist, the quota
    of this artist decides; if several artists share them, Random decides. -#}
units as (

    select
        SplitKey,
        min(ArtistKey) as ArtistKey,
        max(ArtistKey) as OtherArtistKey,
        min(Random) as Random,
        {{ count_big('*') }} as Images
    from anchored
    group by SplitKey

),

shared_tests as (

    select
        anchored.ArtistKey,
        {{ count_big('*') }} as Images
    from anchored
    inner join units on anchored.SplitKey = units.SplitKey
    where
        units.ArtistKey <> units.OtherArtistKey
        and {{ train_or_test('units.Random') }} = 'Test'
    group by anchored.ArtistKey

),

artist_totals as (

    select
        ArtistKey,
        {{ count_big('*') }} as Images
    from anchored
    group by ArtistKey

),

quotas as (

    select
        artist_totals.ArtistKey,
        artist_totals.Images,
        case
            when artist_totals.Images * (1 - {{ var('train_share') }}) < 1 and {{ var('train_share') }} < 1 then 1
            else floor(artist_totals.Images * (1 - {{ var('train_share') }}) + 0.5)
        end - coalesce(shared_tests.Images, 0) as Tests
    from artist_totals
    left join shared_tests on artist_totals.ArtistKey = shared_tests.ArtistKey

),

placed as (

    select
        units.SplitKey,
        units.Random,
        case when units.ArtistKey = units.OtherArtistKey then quotas.Images else 0 end as ArtistImages,
        quotas.Tests,
        sum(units.Images) over (
            partition by units.ArtistKey
            order by
                case when units.ArtistKey = units.OtherArtistKey then 0 else 1 end,
                units.Random desc,
                {{ exact_text('units.SplitKey') }}
            rows unbounded preceding
        ) - units.Images as ImagesBefore
    from units
    inner join quotas on units.ArtistKey = quotas.ArtistKey

),

dealt as (

    select
        anchored.*,
        case
            when placed.ArtistImages >= 5 and placed.ImagesBefore < placed.Tests then 'Test'
            when placed.ArtistImages >= 5 then 'Train'
            else {{ train_or_test('placed.Random') }}
        end as Split
    from anchored
    inner join placed on anchored.SplitKey = placed.SplitKey

)

select * from dealt
{%- endif %}
