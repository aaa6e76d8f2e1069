{#- A view, so that it lists what `ingest load` left, too. -#}
{{ config(materialized='view') }}

with rejected_lines as (

    select * from {{ source('records', 'rejected_lines') }}

)

select
    SourceFile,
    Line,
    Reason
from rejected_lines
