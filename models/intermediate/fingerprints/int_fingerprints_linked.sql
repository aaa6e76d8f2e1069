{#- Within an artist, every pair of fingerprints is compared. Across artists, only hashes that agree
    in some bands are compared: if two hashes are within a number of bits, one kind of their halves
    is within half of that number. -#}
{%- set near_bits = bits_var('near_duplicate_bits') -%}
{%- set most_bits = [near_bits, bits_var('bold_bits')] | max -%}
{%- set masks = band_masks(bits_var('cross_artist_bits') // 2) -%}

with fingerprints as (

    select *
    from {{ ref('int_fingerprints_numbered') }} as fingerprints
    where Evidence = 'hash'

),

-- The first fingerprint of each hash represents all of them.
distinct_hashes as (

    select
        FingerprintNumber,
        RowBits8,
        ColumnBits8
    from fingerprints
    where FingerprintNumber = HashNumber

),

compared as (

    select
        one.FingerprintNumber,
        other.FingerprintNumber as OtherNumber,
        {{ hash_distance('one', 'other') }} as Distance,
        {{ hash_distance('one', 'other', level=6) }} as Distance6
    from fingerprints as one
    inner join fingerprints as other
        on
            one.ArtistKey = other.ArtistKey
            and one.FingerprintNumber < other.FingerprintNumber
    where {{ hash_distance('one', 'other') }} <= {{ most_bits }}

),

within_artist as (

    select
        FingerprintNumber,
        OtherNumber,
        Distance,
        case
            when Distance <= {{ near_bits // 2 }} then 'close'
            when Distance <= {{ near_bits }} then 'near'
            when Distance6 <= {{ var('bold_bits6') }} then 'bold'
        end as Strength
    from compared

),

banded as (

    {%- for half in ['RowBits8', 'ColumnBits8'] %}
    {%- set last_half = loop.last %}
    {%- for mask in masks %}
    select
        one.FingerprintNumber,
        other.FingerprintNumber as OtherNumber,
        {{ hash_distance('one', 'other') }} as Distance
    from distinct_hashes as one
    inner join distinct_hashes as other
        on
            (one.{{ half }} & cast({{ mask }} as bigint))
            = (other.{{ half }} & cast({{ mask }} as bigint))
            and one.FingerprintNumber < other.FingerprintNumber
    where {{ hash_distance('one', 'other') }} <= {{ var('cross_artist_bits') }}
    {{ 'union' if not (last_half and loop.last) }}
    {%- endfor %}
    {%- endfor %}

),

links as (

    select
        FingerprintNumber,
        OtherNumber,
        Distance,
        Strength
    from within_artist
    where Strength is not null

    union all

    select
        FingerprintNumber,
        OtherNumber,
        Distance,
        'across artists' as Strength
    from banded

    union all

    select
        HashNumber as FingerprintNumber,
        FingerprintNumber as OtherNumber,
        0 as Distance,
        'across artists' as Strength
    from fingerprints
    where HashNumber <> FingerprintNumber

)

select
    FingerprintNumber,
    OtherNumber,
    Distance,
    cast(Strength as varchar(20)) as Strength
from links
