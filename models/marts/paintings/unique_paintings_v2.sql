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
        {%- for column in painting_columns() %}
        images.{{ column }},
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
