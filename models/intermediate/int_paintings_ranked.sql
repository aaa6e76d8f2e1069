{#- Sizes first; the rest only makes the order total, so that the same rows always give the same
    keeper. A missing value ranks last among sizes and first among the rest, on every engine. -#}
{%- set keeper_order -%}
    coalesce(Width, 0) desc,
    coalesce(Height, 0) desc,
    {{ exact_text('URL') }},
    {{ exact_text('Artist') }},
    coalesce(ArtistNumber, -2147483648),
    {{ exact_text("coalesce(EncodingFormat, '')") }},
    {{ exact_text("coalesce(Name, '')") }}
    {%- for level in var('hash_levels') %},
    DHashHex{{ level }}
    {%- endfor %}
{%- endset -%}

with eligible as (

    select *
    from {{ ref('int_paintings_checked') }}
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
                order by {{ keeper_order }}
            ) as bigint
        ) as KeeperRank,
        first_value(URL) over (
            partition by DHashHex{{ var('hash_level') }}
            order by {{ keeper_order }}
            rows unbounded preceding
        ) as KeptURL
    from eligible

)

select * from ranked
