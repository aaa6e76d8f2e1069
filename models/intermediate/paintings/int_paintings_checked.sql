with paintings as (

    select * from {{ ref('stg_gallery__paintings') }} as paintings

),

checked as (

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
            nullif(
                concat_ws(
                    '; ',
                    TypingErrors,
                    case when Artist is null then 'Artist is missing' end,
                    case when URL is null then 'URL is missing' end,
                    case when Width <= 0 then 'Width is not positive' end,
                    case when Height <= 0 then 'Height is not positive' end
                    {%- for level in var('hash_levels') %}
                    {%- set fewest, most = hash_digits(level) %}
                    {%- set digits = dbt.length('DHashHex' ~ level) | trim %},
                    case
                        when DHashHex{{ level }} is null then 'DHashHex{{ level }} is missing'
                        when not {{ holds_only('DHashHex' ~ level, '0-9a-f') }}
                            then 'DHashHex{{ level }} is not hexadecimal'
                        when {{ digits }} not between {{ fewest }} and {{ most }}
                            then {{ dbt.concat([
                                "'DHashHex" ~ level ~ " has '",
                                'cast(' ~ digits ~ ' as varchar(10))',
                                "' digits, not " ~ (most if fewest == most else fewest ~ ' to ' ~ most) ~ "'",
                            ]) }}
                    end
                    {%- endfor %}
                ), ''
            ) as nvarchar(2000)
        ) as RejectionReason
    from paintings

)

select * from checked
