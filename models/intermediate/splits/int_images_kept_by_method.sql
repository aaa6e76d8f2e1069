with images as (

    -- Version 1 rejects rows without a usable DHashHex8.
    select *
    from {{ ref('int_paintings_fingerprinted') }} as images
    where DHashHex8 is not null

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
