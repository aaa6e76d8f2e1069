-- No two kept images that are nearly the same stand on both sides of the split.
select *
from {{ ref('split_leakage') }} as leaks
where ModelVersion = 2
