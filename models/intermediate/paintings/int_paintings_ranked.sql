{#- Numbers alone: whoever needs more of an image has it from int_paintings_fingerprinted. -#}
with images as (

    select
        ImageNumber,
        DHashHex{{ var('hash_level') }} as Hash
    from {{ ref('int_paintings_fingerprinted') }} as images
    -- Where it is null, version 1 rejects the row.
    where DHashHex8 is not null

),

ranked as (

    select
        ImageNumber,
        cast(row_number() over (partition by Hash order by ImageNumber) as bigint) as KeeperRank,
        min(ImageNumber) over (partition by Hash) as KeptImage
    from images

)

select * from ranked
