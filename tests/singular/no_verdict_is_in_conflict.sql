-- A warning only: verdicts are yours, and may name an image that comes back later.
{{ config(enabled=var('near_duplicates'), severity='warn') }}

select *
from {{ ref('verdict_conflicts') }} as conflicts
