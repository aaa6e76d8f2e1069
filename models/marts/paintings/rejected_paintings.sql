with checked as (

    select * from {{ ref('int_paintings_checked') }} as paintings

),

rejected as (

    select
        Artist,
        ArtistNumber,
        Width,
        Height,
        EncodingFormat,
        Name,
        URL,
        {%- for level in var('hash_levels') %}
        DHashHex{{ level }},
        {%- endfor %}
        RejectionReason
    from checked
    where RejectionReason is not null

)

select * from rejected
