{#- Within an artist every pair of fingerprints is compared, across artists only hashes that are
    equal under a mask. -#}
{%- set mirrored_bits = bits_var('mirrored_bits') -%}
{#- Of 224. Different pictures that have few shapes have such hashes. -#}
{%- set least_changes = 74 -%}
{#- Bits 0 to 6 of each byte. -#}
{%- set inner_columns = 9187201950435737471 -%}
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

-- In a mirror image, each bit of a line is at the other end of it, and what rose falls. Columns
-- have no bits for the last pixel of a line, so that those for the first have no counterpart.
reversed as (

    select
        FingerprintNumber,
        ArtistKey,
        RowBits8,
        ColumnBits8,
        RowBits6,
        ColumnBits6,
        {{ reversed_bytes('RowBits8') }} as ReversedRowBits,
        {{ reversed_bytes('ColumnBits8') }} as ReversedColumnBits,
        {{ bit_changes('RowBits8') }} + {{ bit_changes('ColumnBits8') }} as Changes
    from fingerprints

),

mirrored as (

    select
        FingerprintNumber,
        ArtistKey,
        RowBits8,
        ColumnBits8,
        RowBits6,
        ColumnBits6,
        -1 - ReversedRowBits as MirroredRowBits,
        {{ shifted_right('ReversedColumnBits & cast(-72340172838076674 as bigint)', 1) }}
        & cast({{ inner_columns }} as bigint) as MirroredColumnBits,
        ColumnBits8 & cast({{ inner_columns }} as bigint) as InnerColumnBits
    from reversed
    where
        {{ mirrored_bits }} > 0
        and Changes >= {{ least_changes }}

),

distinctive as (

    select *
    from mirrored
    where {{ mirrored_distance('mirrored', 'mirrored') }} > {{ near_bits }}

),

mirrored_pairs as (

    select
        one.FingerprintNumber,
        other.FingerprintNumber as OtherNumber,
        {{ hash_distance('one', 'other') }} as Distance
    from distinctive as one
    inner join distinctive as other
        on
            one.ArtistKey = other.ArtistKey
            and one.FingerprintNumber < other.FingerprintNumber
    where
        {{ mirrored_distance('one', 'other') }} <= {{ mirrored_bits }}
        -- Near and bold pairs are linked already.
        and case
            when {{ hash_distance('one', 'other') }} <= {{ near_bits }} then 0
            when {{ hash_distance('one', 'other') }} > {{ bits_var('bold_bits') }} then 1
            when {{ hash_distance('one', 'other', level=6) }} <= {{ bits_var('bold_bits6') }} then 0
            else 1
        end = 1

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
        'mirrored' as Strength
    from mirrored_pairs

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
