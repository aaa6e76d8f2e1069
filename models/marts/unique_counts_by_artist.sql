{{ config(alias='UniqueCountsByArtist') }}

with eligible as (

    select * from {{ ref('int_paintings_ranked') }}

),

counted as (

    select
        Artist
        {%- for level in var('hash_levels') %},
        {{ count_big('distinct DHashHex' ~ level) }} as Count{{ level }}
        {%- endfor %}
    from eligible
    group by Artist

)

select * from counted
