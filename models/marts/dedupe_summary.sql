with paintings as (

    select {{ count_big('*') }} as PaintingsRows
    from {{ ref('stg_gallery__paintings') }} as paintings

),

rejected as (

    select {{ count_big('*') }} as RejectedRows
    from {{ ref('rejected_paintings') }} as rejected

),

duplicates as (

    select {{ count_big('*') }} as EliminatedRows
    from {{ ref('duplicate_paintings') }} as duplicates

),

unique_rows as (

    select
        {{ count_big('*') }} as UniqueRows,
        {{ count_big('case when Random < ' ~ var('train_share') ~ ' then 1 end') }} as TrainRows,
        {{ count_big('case when Random >= ' ~ var('train_share') ~ ' then 1 end') }} as TestRows
    from {{ ref('unique_paintings', v=1) }} as paintings

),

summary as (

    select
        {{ var('hash_level') }} as Level,
        paintings.PaintingsRows,
        rejected.RejectedRows,
        duplicates.EliminatedRows,
        unique_rows.UniqueRows,
        unique_rows.TrainRows,
        unique_rows.TestRows
    from paintings
    cross join rejected
    cross join duplicates
    cross join unique_rows

)

select * from summary
