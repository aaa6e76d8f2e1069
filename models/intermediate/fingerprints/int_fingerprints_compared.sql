{#- Within an artist every pair of fingerprints is compared, across artists only hashes that are
    equal under a mask. -#}
{%- set near_bits = bits_var('near_duplicate_bits') -%}
{#- Copies are close, too. -#}
{%- set copy_bits = [bits_var('copy_bits'), near_bits // 2] | min -%}
{%- set most_bits = [near_bits, bits_var('bold_bits')] | max -%}

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

strengths as (

    select
        strengths.Strength,
        strengths.BitsBelow,
        strengths.MostBits,
        strengths.MostBits6
    from (
        values
        ('copy', -1, {{ copy_bits }}, null),
        ('close', {{ copy_bits }}, {{ near_bits // 2 }}, null),
        ('near', {{ near_bits // 2 }}, {{ near_bits }}, null),
        ('bold', {{ near_bits }}, {{ bits_var('bold_bits') }}, {{ bits_var('bold_bits6') }})
    ) as strengths (Strength, BitsBelow, MostBits, MostBits6)

),

within_artist as (

    select
        compared.FingerprintNumber,
        compared.OtherNumber,
        compared.Distance,
        strengths.Strength
    from compared
    inner join strengths
        on
            compared.Distance > strengths.BitsBelow
            and compared.Distance <= strengths.MostBits
            and (
                strengths.MostBits6 is null
                or compared.Distance6 <= strengths.MostBits6
            )

),

banded as (

    {%- for mask in band_masks(bits_var('cross_artist_bits')) %}
    select
        one.FingerprintNumber,
        other.FingerprintNumber as OtherNumber,
        {{ hash_distance('one', 'other') }} as Distance
    from distinct_hashes as one
    inner join distinct_hashes as other
        on
            {%- for half, bits in mask.items() %}
            (one.{{ half }} & cast({{ bits }} as bigint))
            = (other.{{ half }} & cast({{ bits }} as bigint))
            and
            {%- endfor %}
            one.FingerprintNumber < other.FingerprintNumber
    where {{ hash_distance('one', 'other') }} <= {{ var('cross_artist_bits') }}
    {{ 'union' if not loop.last }}
    {%- endfor %}

),

links as (

    select
        FingerprintNumber,
        OtherNumber,
        Distance,
        Strength
    from within_artist

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
