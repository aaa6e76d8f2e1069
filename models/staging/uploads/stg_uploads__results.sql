with results as (

    select * from {{ source('uploads', 'upload_results') }} as results

)

select
    ModelVersion,
    ImageKey,
    Outcome,
    Reason,
    Tries,
    BlobName,
    Bytes,
    MD5
from results
