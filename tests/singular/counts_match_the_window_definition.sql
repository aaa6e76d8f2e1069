-- The reference definition of unique_counts_by_artist: tag the rows of each artist and hash by
-- size and count those tagged 1. Whatever the order, each partition of such a window has one row
-- with the tag 1, so that it is enough to count the partitions.
with images as (

    select * from {{ ref('int_paintings_fingerprinted') }} as images

),

partitions as (

    {%- for level in var('hash_levels') %}
    select
        {{ exact_text('Artist') }} as Artist,
        {{ level }} as Level
    from images
    where DHashHex8 is not null
    group by {{ exact_text('Artist') }}, DHashHex{{ level }}
    {{ 'union all' if not loop.last }}
    {%- endfor %}

),

reference as (

    select
        Artist
        {%- for level in var('hash_levels') %},
        sum(case when Level = {{ level }} then 1 else 0 end) as Count{{ level }}
        {%- endfor %}
    from partitions
    group by Artist

)

select coalesce({{ exact_text('ours.Artist') }}, reference.Artist) as Artist
from {{ ref('unique_counts_by_artist') }} as ours
full outer join reference
    on {{ exact_text('ours.Artist') }} = reference.Artist
where
    ours.Artist is null
    or reference.Artist is null
    {%- for level in var('hash_levels') %}
    or ours.Count{{ level }} <> reference.Count{{ level }}
    {%- endfor %}
