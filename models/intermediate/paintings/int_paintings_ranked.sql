with eligible as (

    select *
    from {{ ref('int_paintings_checked') }} as paintings
    where RejectionReason is null

),

ranked as (

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
        cast(
            row_number() over (
                partition by DHashHex{{ var('hash_level') }}
                order by {{ keeper_order() }}
            ) as bigint
        ) as KeeperRank,
        first_value(URL) over (
            partition by DHashHex{{ var('hash_level') }}
            order by {{ keeper_order() }}
            rows unbounded preceding
        ) as KeptURL
    from eligible

)

select * from ranked
