with images as (

    select * from {{ ref('int_paintings_fingerprinted') }} as images

),

kept_images as (

    select * from {{ ref('int_paintings_fingerprinted') }} as images

),

members as (

    select * from {{ ref('int_images_grouped') }} as members

),

groups as (

    select * from {{ ref('int_groups_split') }} as groups

),

links as (

    select
        FingerprintNumber,
        OtherNumber,
        Strength,
        row_number() over (
            partition by FingerprintNumber, OtherNumber
            order by {{ link_step('Strength') }}
        ) as Place
    from {{ ref('int_fingerprints_linked') }} as links
    where Strength not in ('refuted', 'across artists')

),

links_to_kept as (

    select
        members.ImageNumber,
        max(links.Strength) as Strength
    from members
    inner join groups on members.GroupNumber = groups.GroupNumber
    inner join members as kept_members on groups.KeptImage = kept_members.ImageNumber
    inner join links
        on
            case
                when members.FingerprintNumber < kept_members.FingerprintNumber
                    then members.FingerprintNumber
                else kept_members.FingerprintNumber
            end = links.FingerprintNumber
            and case
                when members.FingerprintNumber < kept_members.FingerprintNumber
                    then kept_members.FingerprintNumber
                else members.FingerprintNumber
            end = links.OtherNumber
            and links.Place = 1
    group by members.ImageNumber

),

grouped as (

    select
        images.Artist,
        images.URL,
        images.DHashHex8,
        groups.GroupId,
        groups.GroupSize,
        groups.LargestDistance,
        groups.IsSplitChain,
        images.Evidence,
        kept_images.URL as KeptURL,
        {{ hash_distance('images', 'kept_images') }} as DistanceToKept,
        cast(
            case
                when images.ImageNumber = groups.KeptImage then 'kept'
                when
                    {{ exact_text('images.Fingerprint') }}
                    = {{ exact_text('kept_images.Fingerprint') }}
                    then 'equal'
                else coalesce(links_to_kept.Strength, 'indirect')
            end as varchar(20)
        ) as LinkToKept,
        groups.Random,
        groups.Split,
        case when images.ImageNumber = groups.KeptImage then 1 else 0 end as IsKept
    from images
    inner join members on images.ImageNumber = members.ImageNumber
    inner join groups on members.GroupNumber = groups.GroupNumber
    inner join kept_images on groups.KeptImage = kept_images.ImageNumber
    left join links_to_kept on images.ImageNumber = links_to_kept.ImageNumber

)

select * from grouped
