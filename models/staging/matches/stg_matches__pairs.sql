with matches as (

    select * from {{ source('matches', 'image_matches') }} as matches

)

select
    Artist,
    Fingerprint,
    OtherArtist,
    OtherFingerprint,
    Inliers,
    IsMirrored,
    Turn,
    Shown,
    OtherShown,
    IsMatch
from matches
