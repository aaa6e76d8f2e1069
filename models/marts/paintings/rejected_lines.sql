{#- A view, so that it also shows what `ingest load` has listed. -#}
{{ config(materialized='view') }}

with rejected as (

    select * from {{ source('records', 'rejected_lines') }} as listed

)

select
    SourceFile,
    Line,
    Reason
from rejected
