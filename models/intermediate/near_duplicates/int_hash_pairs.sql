{#- Of two hashes within so many bits, the halves of one kind are within half of that. -#}
{%- set masks = band_masks(var('cross_artist_bits') // 2) -%}

with distinct_hashes as (

    select
        HashNumber,
        RowBits8,
        ColumnBits8
    from {{ ref('int_fingerprints') }} as fingerprints
    where
        FingerprintNumber = HashNumber
        and Evidence = 'hash'

),

candidates as (

    {%- for half in ['RowBits8', 'ColumnBits8'] %}
    {%- set last_half = loop.last %}
    {%- for mask in masks %}
    select
        a.HashNumber,
        b.HashNumber as OtherHashNumber
    from distinct_hashes as a
    inner join distinct_hashes as b
        on
            (a.{{ half }} & cast({{ mask }} as bigint))
            = (b.{{ half }} & cast({{ mask }} as bigint))
            and a.HashNumber < b.HashNumber
    where {{ hash_distance('a', 'b') }} <= {{ var('cross_artist_bits') }}
    {{ 'union' if not (last_half and loop.last) }}
    {%- endfor %}
    {%- endfor %}

),

pairs as (

    select
        candidates.HashNumber,
        candidates.OtherHashNumber,
        {{ hash_distance('a', 'b') }} as Distance
    from candidates
    inner join distinct_hashes as a on candidates.HashNumber = a.HashNumber
    inner join distinct_hashes as b on candidates.OtherHashNumber = b.HashNumber

)

select * from pairs
