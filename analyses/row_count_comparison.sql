-- The number of rows in Paintings, and how many of them were kept and eliminated.
with paintings as (

    select {{ count_big('*') }} as PaintingsRows
    from {{ source('gallery', 'paintings') }} as paintings

),

kept as (

    select {{ count_big('*') }} as UniquePaintingsRows
    from {{ ref('unique_paintings', v=1) }} as paintings

)

select
    paintings.PaintingsRows,
    kept.UniquePaintingsRows,
    paintings.PaintingsRows - kept.UniquePaintingsRows as EliminatedRows
from paintings
cross join kept
