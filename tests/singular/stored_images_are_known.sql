-- What is in the store has a name and a digest; what is not has a reason and neither.
select ImageKey
from {{ ref('stg_uploads__results') }} as results
where
    (Outcome in ('uploaded', 'already there') and (BlobName is null or MD5 is null))
    or (Outcome not in ('uploaded', 'already there') and (BlobName is not null or Reason is null))
