-- What the museum makes of the result.
select
    Artist as painter,
    count(*) as paintings
from {{ ref('paintings_dedupe', 'unique_paintings', v=1) }}
group by Artist
