{#- Within an artist every pair of fingerprints is compared, across artists only hashes that are
    equal under a mask. To these links of hashes come the matches of pictures. -#}
{%- set near_bits = bits_var('near_duplicate_bits') -%}
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
        ('close', -1, {{ near_bits // 2 }}, null),
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

matches as (

    select * from {{ ref('int_matches_numbered') }} as matches

),

-- What matches across artists is the hash, if there is one, as for hashes that are nearly equal.
matched_across as (

    select
        matches.Distance,
        case
            when one.Evidence = 'hash' then one.HashNumber
            else one.FingerprintNumber
        end as OneNumber,
        case
            when other.Evidence = 'hash' then other.HashNumber
            else other.FingerprintNumber
        end as TwoNumber
    from matches
    inner join {{ ref('int_fingerprints_numbered') }} as one
        on matches.FingerprintNumber = one.FingerprintNumber
    inner join {{ ref('int_fingerprints_numbered') }} as other
        on matches.OtherNumber = other.FingerprintNumber
    where
        matches.Verdict = 'across artists'
        and (
            matches.Distance is null
            or matches.Distance > {{ var('cross_artist_bits') }}
        )

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

    union all

    select
        FingerprintNumber,
        OtherNumber,
        Distance,
        Verdict as Strength
    from matches
    where Verdict in ('match', 'weak match')

    union all

    select distinct
        case when OneNumber < TwoNumber then OneNumber else TwoNumber end as FingerprintNumber,
        case when OneNumber < TwoNumber then TwoNumber else OneNumber end as OtherNumber,
        Distance,
        'across artists' as Strength
    from matched_across

)

select
    FingerprintNumber,
    OtherNumber,
    Distance,
    cast(Strength as varchar(20)) as Strength
from links
