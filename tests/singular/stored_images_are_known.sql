{#- What is in the store has a name and a digest; what is not has a reason and neither. -#}
with results as (

    select
        results.*,
        case
            when
                results.Outcome in (
                    'uploaded',
                    'uploaded, not compared',
                    'already there',
                    'already there, not compared'
                )
                then 1
            else 0
        end as IsStored
    from {{ ref('stg_uploads__results') }} as results

)

select ImageKey
from results
where
    (IsStored = 1 and (BlobName is null or MD5 is null))
    or (IsStored = 0 and (BlobName is not null or Reason is null))
