{{
    config(
        alias='UniquePaintings_v2',
        indexes=server_indexes([
            {'columns': ['GroupId'], 'unique': true},
            {'columns': ['Artist']},
        ])
    )
}}

with keepers as (

    select
        images.Artist,
        images.ArtistNumber,
        images.Width,
        images.Height,
        images.EncodingFormat,
        images.Name,
        images.URL,
        {%- for level in var('hash_levels') %}
        images.DHashHex{{ level }},
        {%- endfor %}
        groups.Random,
        groups.GroupId,
        groups.GroupSize,
        groups.Split
    from {{ ref('int_groups_split') }} as groups
    inner join {{ ref('int_paintings_fingerprinted') }} as images
        on groups.KeptImage = images.ImageNumber

)

select * from keepers
