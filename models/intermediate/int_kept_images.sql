with version_1 as (

    select
        1 as ModelVersion,
        {{ stored_text('DHashHex' ~ var('hash_level'), 100) }} as ImageKey,
        Artist,
        URL,
        DHashHex8,
        case when Random < {{ var('train_share') }} then 'Train' else 'Test' end as Split
    from {{ ref('unique_paintings', v=1) }} as paintings

),

version_2 as (

    select
        2 as ModelVersion,
        {{ stored_text('GroupId', 100) }} as ImageKey,
        Artist,
        URL,
        DHashHex8,
        Split
    from {{ ref('unique_paintings', v=2) }} as paintings

),

kept as (

    select * from version_1

    union all

    select * from version_2

)

select * from kept
