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

flat as (

    select
        {{ count_big('*') }} as FlatRows,
        {{ count_big('case when images.IsKept = 0 then 1 end') }} as FlatEliminatedRows,
        {{ count_big('case when images.IsOtherArtist = 1 then 1 end') }} as FlatAcrossArtistsRows
    from {{ ref('flat_images') }} as images

),

cleaned as (

    select {{ count_big('*') }} as CleanedValues
    from {{ ref('cleaned_paintings') }} as cleaned

),

unread_lines as (

    select {{ count_big('*') }} as RejectedLines
    from {{ ref('rejected_lines') }} as listed

),

summary as (

    select
        {{ var('hash_level') }} as Level,
        paintings.PaintingsRows,
        rejected.RejectedRows,
        duplicates.EliminatedRows,
        unique_rows.UniqueRows,
        unique_rows.TrainRows,
        unique_rows.TestRows,
        flat.FlatRows,
        flat.FlatEliminatedRows,
        flat.FlatAcrossArtistsRows,
        cleaned.CleanedValues,
        unread_lines.RejectedLines
    from paintings
    cross join rejected
    cross join duplicates
    cross join unique_rows
    cross join flat
    cross join cleaned
    cross join unread_lines

)

select * from summary
