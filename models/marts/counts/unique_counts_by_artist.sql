{{ config(indexes=server_indexes([{'columns': ['Artist']}])) }}

with eligible as (

    select * from {{ ref('int_paintings_ranked') }} as paintings

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
