-- For each artist, the number of distinct hashes at every level: one window and one CTE per level.
with
{%- for level in var('hash_levels') %}

counts{{ level }} as (

    select
        Artist,
        {{ count_big('*') }} as Count{{ level }}
    from (
        select
            Artist,
            row_number() over (
                partition by Artist, DHashHex{{ level }}
                order by Width desc, Height desc
            ) as Tag
        from {{ source('gallery', 'paintings') }} as paintings
    ) as tagged
    where Tag = 1
    group by Artist

){{ ',' if not loop.last }}
{%- endfor %}

{%- set finest = 'counts' ~ var('hash_levels')[0] %}

select
    {{ finest }}.Artist
    {%- for level in var('hash_levels') %},
    counts{{ level }}.Count{{ level }}
    {%- endfor %}
from {{ finest }}
{%- for level in var('hash_levels')[1:] %}
inner join counts{{ level }} on {{ finest }}.Artist = counts{{ level }}.Artist
{%- endfor %}
