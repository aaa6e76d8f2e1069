-- No row of UniquePaintings is lost or counted twice.
with statuses as (

    select {{ count_big('*') }} as StatusRows
    from {{ ref('upload_status') }}

),

paintings as (

    select {{ count_big('*') }} as UniqueRows
    from {{ ref('unique_paintings') }}

)

select *
from statuses
cross join paintings
where StatusRows <> UniqueRows
