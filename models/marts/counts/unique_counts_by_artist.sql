{{ config(indexes=server_indexes([{'columns': ['Artist']}])) }}

with eligible as (

    select *
    from {{ ref('int_paintings_fingerprinted') }} as images
    -- Where it is null, version 1 rejects the row.
    where DHashHex8 is not null

),

counted as (

    select
        min(Artist) as Artist
        {%- for level in var('hash_levels') %},
        {{ count_big('distinct DHashHex' ~ level) }} as Count{{ level }}
        {%- endfor %}
    from eligible
    group by {{ exact_text('Artist') }}

)

select * from counted
