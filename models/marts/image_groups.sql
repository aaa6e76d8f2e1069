with images as (

    select * from {{ ref('int_paintings_fingerprinted') }} as images

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
        kept.URL as KeptURL,
        groups.Random,
        groups.Split,
        case when images.ImageNumber = groups.KeptImage then 1 else 0 end as IsKept
    from images
    inner join {{ ref('int_images') }} as numbers on images.ImageNumber = numbers.ImageNumber
    inner join {{ ref('int_fingerprint_groups') }} as members
        on numbers.FingerprintNumber = members.FingerprintNumber
    inner join {{ ref('int_groups') }} as groups on members.GroupNumber = groups.GroupNumber
    inner join images as kept on groups.KeptImage = kept.ImageNumber

)

select * from grouped
