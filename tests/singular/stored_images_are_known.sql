{#- An image in the store has a name and a digest. A row without one has a reason and neither of
    these. -#}
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
