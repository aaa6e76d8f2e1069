-- Of all rows with the same hash, of any artist, the widest one, then the tallest.
{%- set hash = 'DHashHex' ~ var('hash_level') %}
with tagged as (

    select
        Artist,
        ArtistNumber,
        Width,
        Height,
        EncodingFormat,
        Name,
        URL,
        {{ hash }},
        row_number() over (
            partition by {{ hash }}
            order by Width desc, Height desc
        ) as Tag
    from {{ source('gallery', 'paintings') }} as paintings

)

select
    Artist,
    ArtistNumber,
    Width,
    Height,
    EncodingFormat,
    Name,
    URL,
    {{ hash }}
from tagged
where Tag = 1
