with paintings as (

    select {{ count_big('*') }} as PaintingsRows
    from {{ ref('stg_gallery__paintings') }} as paintings

),

rejected as (

    select
        {{ count_big('case when IsInVersion1 = 0 then 1 end') }} as RejectedRows,
        {{ count_big('case when IsRemoved = 1 then 1 end') }} as RemovedRows
    from {{ ref('rejected_paintings') }} as rejected

),

conflicts as (

    {%- if var('near_duplicates') %}
    select {{ count_big('*') }} as VerdictConflicts
    from {{ ref('verdict_conflicts') }} as conflicts
    {%- else %}
    select cast(0 as bigint) as VerdictConflicts
    {%- endif %}

),

duplicates as (

    select {{ count_big('*') }} as EliminatedRows
    from {{ ref('duplicate_paintings') }} as duplicates

),

unique_rows as (

    select
        {{ count_big('*') }} as UniqueRows,
        {{ count_big("case when Split = 'Train' then 1 end") }} as TrainRows,
        {{ count_big("case when Split = 'Test' then 1 end") }} as TestRows
    from (
        select {{ train_or_test('Random') }} as Split
        from {{ ref('unique_paintings', v=1) }} as paintings
    ) as split_paintings

),

flat as (

    select
        {{ count_big('*') }} as FlatRows,
        {{ count_big('case when images.IsKept = 0 then 1 end') }} as FlatEliminatedRows,
        {{ count_big('case when images.IsOtherArtist = 1 then 1 end') }} as FlatAcrossArtistsRows
    from {{ ref('flat_images') }} as images

),

accepted_duplicates as (

    select DHashHex{{ var('hash_level') }} as Hash
    from {{ ref('duplicate_paintings') }} as duplicates
    where {{ is_accepted_format('EncodingFormat') }} = 1

),

lost as (

    select {{ count_big('*') }} as LostToFormatRows
    from {{ ref('unique_paintings', v=1) }} as paintings
    where
        {{ is_accepted_format('paintings.EncodingFormat') }} = 0
        and exists (
            select 1
            from accepted_duplicates
            where paintings.DHashHex{{ var('hash_level') }} = accepted_duplicates.Hash
        )

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
        rejected.RemovedRows,
        conflicts.VerdictConflicts,
        duplicates.EliminatedRows,
        unique_rows.UniqueRows,
        unique_rows.TrainRows,
        unique_rows.TestRows,
        flat.FlatRows,
        flat.FlatEliminatedRows,
        flat.FlatAcrossArtistsRows,
        lost.LostToFormatRows,
        cleaned.CleanedValues,
        unread_lines.RejectedLines
    from paintings
    cross join rejected
    cross join conflicts
    cross join duplicates
    cross join unique_rows
    cross join flat
    cross join lost
    cross join cleaned
    cross join unread_lines

)

select * from summary
