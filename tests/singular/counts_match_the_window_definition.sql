-- The reference definition of unique_counts_by_artist: number the rows of each artist and hash by
-- size, and count those with number 1.
with tagged as (

    select
        Artist
        {%- for level in var('hash_levels') %},
        row_number() over (
            partition by {{ exact_text('Artist') }}, DHashHex{{ level }}
            order by Width desc, Height desc
        ) as Tag{{ level }}
        {%- endfor %}
    from {{ ref('int_paintings_ranked') }} as paintings

),

reference as (

    select
        min(Artist) as Artist
        {%- for level in var('hash_levels') %},
        sum(case when Tag{{ level }} = 1 then 1 else 0 end) as Count{{ level }}
        {%- endfor %}
    from tagged
    group by {{ exact_text('Artist') }}

)

select coalesce(ours.Artist, reference.Artist) as Artist
from {{ ref('unique_counts_by_artist') }} as ours
full outer join reference
    on {{ exact_text('ours.Artist') }} = {{ exact_text('reference.Artist') }}
where
    ours.Artist is null
    or reference.Artist is null
    {%- for level in var('hash_levels') %}
    or ours.Count{{ level }} <> reference.Count{{ level }}
    {%- endfor %}
