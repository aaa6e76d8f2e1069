-- What the museum makes of the result.
select
    Artist as painter,
    count(*) as paintings
from {{ ref('paintings_dedupe', 'unique_paintings', v=2) }}
group by Artist
