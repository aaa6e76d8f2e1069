with matches as (

    select * from {{ source('matches', 'image_matches') }} as matches

)

select
    Artist,
    Fingerprint,
    OtherArtist,
    OtherFingerprint,
    Inliers,
    IsMatch
from matches
