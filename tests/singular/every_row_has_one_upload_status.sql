-- No row of either version of unique_paintings is lost or counted twice.
with statuses as (

    select
        ModelVersion,
        {{ count_big('*') }} as StatusRows
    from {{ ref('upload_status') }} as statuses
    group by ModelVersion

),

paintings as (

    select
        1 as ModelVersion,
        {{ count_big('*') }} as UniqueRows
    from {{ ref('unique_paintings', v=1) }} as paintings
    {%- if var('near_duplicates') %}

    union all

    select
        2 as ModelVersion,
        {{ count_big('*') }} as UniqueRows
    from {{ ref('unique_paintings', v=2) }} as paintings
    {%- endif %}

)

select paintings.ModelVersion
from paintings
left join statuses on paintings.ModelVersion = statuses.ModelVersion
where coalesce(statuses.StatusRows, 0) <> paintings.UniqueRows
