{#- A result whose image is in the store has a blob name and a digest. Any other result has a reason
    and no blob name. -#}
{%- set stored -%}
    'uploaded', 'uploaded, not compared', 'already there', 'already there, not compared'
{%- endset -%}

select results.ImageKey
from {{ ref('stg_uploads__results') }} as results
where
    (
        results.Outcome in ({{ stored }})
        and (results.BlobName is null or results.MD5 is null)
    )
    or (
        results.Outcome not in ({{ stored }})
        and (results.BlobName is not null or results.Reason is null)
    )
