-- Paintings = rejected + duplicates + unique, and unique = Train + Test.
select *
from {{ ref('dedupe_summary') }} as totals
where
    PaintingsRows <> RejectedRows + EliminatedRows + UniqueRows
    or UniqueRows <> TrainRows + TestRows
