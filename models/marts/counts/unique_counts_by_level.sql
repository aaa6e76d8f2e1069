{{ config(indexes=server_indexes([{'columns': ['Artist', 'Level']}])) }}

with unique_counts as (

    select * from {{ ref('unique_counts_by_artist') }} as counts

),

images as (

    select
        min(Artist) as Artist,
        {{ count_big('*') }} as Images
    from {{ ref('int_paintings_fingerprinted') }} as images
    where DHashHex8 is not null
    group by {{ exact_text('Artist') }}

),

levels as (

    select hash_levels.Level
    from (
        values
        {%- for level in var('hash_levels') %}
        ({{ level }}){{ ',' if not loop.last }}
        {%- endfor %}
    ) as hash_levels (Level)

),

unpivoted as (

    select
        unique_counts.Artist,
        levels.Level,
        images.Images,
        case levels.Level
            {%- for level in var('hash_levels') %}
            when {{ level }} then unique_counts.Count{{ level }}
            {%- endfor %}
        end as UniqueImages
    from unique_counts
    inner join images
        on {{ exact_text('unique_counts.Artist') }} = {{ exact_text('images.Artist') }}
    cross join levels

),

measured as (

    select
        Artist,
        Level,
        Images,
        UniqueImages,
        Images - UniqueImages as EliminatedImages
    from unpivoted

)

select * from measured
