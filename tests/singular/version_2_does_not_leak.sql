-- No two kept near-duplicates are on different sides of the split.
{{ config(enabled=var('near_duplicates')) }}

select *
from {{ ref('split_leakage') }} as leaks
where ModelVersion = 2
