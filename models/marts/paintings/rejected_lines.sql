{#- A view, so that it lists what `ingest load` left, too. -#}
{{ config(materialized='view') }}

with rejected as (

    select * from {{ source('records', 'rejected_lines') }} as listed

)

select
    SourceFile,
    Line,
    Reason
from rejected
