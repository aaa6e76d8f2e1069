-- No two kept near-duplicates are on different sides of the split.
select *
from {{ ref('split_leakage') }} as leaks
where ModelVersion = 2
