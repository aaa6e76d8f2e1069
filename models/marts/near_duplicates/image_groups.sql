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
        groups.Random,
        groups.Split,
        case when images.ImageNumber = groups.KeptImage then 1 else 0 end as IsKept
    from images
    inner join members on images.ImageNumber = members.ImageNumber
    inner join groups on members.GroupNumber = groups.GroupNumber
    inner join kept_images on groups.KeptImage = kept_images.ImageNumber

)

select * from grouped
