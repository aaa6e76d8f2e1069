with images as (

    select
        grouped.ImageNumber,
        grouped.GroupNumber
        {%- for level in var('hash_levels') %},
        paintings.DHashHex{{ level }}
        {%- endfor %}
    from {{ ref('int_images_grouped') }} as grouped
    inner join {{ ref('int_paintings_fingerprinted') }} as paintings
        on grouped.ImageNumber = paintings.ImageNumber

),

groups as (

    select * from {{ ref('int_groups_split') }} as groups

),

kept as (

    {%- for method in methods() if method.level %}
    select
        '{{ method.name }}' as Method,
        {{ method.level }} as Level,
        min(ImageNumber) as KeptImage,
        {{ count_big('*') }} as Images,
        {{ train_or_test(seeded_random(method.column)) }} as Split
    from images
    -- Version 1 rejects rows without it.
    where DHashHex8 is not null
    group by {{ method.column }}

    union all
    {% endfor %}
    select
        'v2' as Method,
        null as Level,
        KeptImage,
        GroupSize as Images,
        Split
    from groups

)

select
    cast(Method as varchar(20)) as Method,
    Level,
    KeptImage,
    Images,
    Split
from kept
