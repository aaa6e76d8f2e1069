-- The images that the museum found, under the names by which paintings_dedupe reads them.
select
    painter as Artist,
    painter_no as ArtistNumber,
    width_px as Width,
    height_px as Height,
    replace(mime_type, 'image/', '') as EncodingFormat,
    title as Name,
    '{{ var("images_at") }}/' || path as URL,
    dhash_8 as DHashHex8,
    dhash_7 as DHashHex7,
    dhash_6 as DHashHex6,
    dhash_5 as DHashHex5,
    dhash_4 as DHashHex4,
    dhash_3 as DHashHex3,
    dhash_2 as DHashHex2,
    dhash_1 as DHashHex1
from {{ ref('found_images') }}
