-- At every level, the images of all artists add up to the rows that were not rejected, and each
-- artist has a row at every level.
with levels as (

    select
        Level,
        sum(Images) as Images,
        {{ count_big('*') }} as Artists
    from {{ ref('unique_counts_by_level') }} as counts
    group by Level

),

artists as (

    select {{ count_big('*') }} as Artists
    from {{ ref('unique_counts_by_artist') }} as counts

)

select levels.Level
from levels
cross join artists
cross join {{ ref('dedupe_summary') }} as totals
where
    levels.Images <> totals.PaintingsRows - totals.RejectedRows
    or levels.Artists <> artists.Artists
