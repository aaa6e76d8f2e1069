{#- A pair may be listed in either order and more than once; one match among its rows is enough.
    Rows of pictures that are no longer in the table find no fingerprint and are left out. -#}
with pairs as (

    select * from {{ ref('stg_matches__pairs') }} as pairs

),

fingerprints as (

    select * from {{ ref('int_fingerprints_numbered') }} as fingerprints

),

found as (

    select
        pairs.IsMatch,
        case
            when one.FingerprintNumber < other.FingerprintNumber then one.FingerprintNumber
            else other.FingerprintNumber
        end as FingerprintNumber,
        case
            when one.FingerprintNumber < other.FingerprintNumber then other.FingerprintNumber
            else one.FingerprintNumber
        end as OtherNumber,
        coalesce(pairs.Inliers, 0) as Inliers,
        case
            when
                pairs.IsMatch = 1
                and pairs.IsMirrored = 0
                and pairs.Turn between -10 and 10
                and pairs.Shown >= 0.9
                and pairs.OtherShown >= 0.9
                then 1
            else 0
        end as IsSameView
    from pairs
    inner join fingerprints as one
        on
            {{ exact_text('pairs.Artist') }} = {{ exact_text('one.Artist') }}
            and {{ exact_text('pairs.Fingerprint') }} = {{ exact_text('one.Fingerprint') }}
    inner join fingerprints as other
        on
            {{ exact_text('pairs.OtherArtist') }} = {{ exact_text('other.Artist') }}
            and {{ exact_text('pairs.OtherFingerprint') }} = {{ exact_text('other.Fingerprint') }}
    where
        one.FingerprintNumber <> other.FingerprintNumber
        and pairs.IsMatch in (0, 1)
        -- SQL Server ignores blanks at the end of a text. No picture has such a name.
        {%- for column in ['Artist', 'Fingerprint', 'OtherArtist', 'OtherFingerprint'] %}
        and {{ exact_text('pairs.' ~ column) }} not like '% '
        {%- endfor %}

),

examined as (

    select
        FingerprintNumber,
        OtherNumber,
        max(IsMatch) as IsMatch,
        max(IsSameView) as IsSameView,
        max(case when IsMatch = 1 then Inliers else 0 end) as Inliers
    from found
    group by FingerprintNumber, OtherNumber

),

measured as (

    select
        examined.FingerprintNumber,
        examined.OtherNumber,
        examined.IsMatch,
        examined.Inliers,
        examined.IsSameView,
        {{ hash_distance('one', 'other') }} as Distance,
        case when one.ArtistKey = other.ArtistKey then 0 else 1 end as IsAcrossArtists
    from examined
    inner join fingerprints as one on examined.FingerprintNumber = one.FingerprintNumber
    inner join fingerprints as other on examined.OtherNumber = other.FingerprintNumber

),

judged as (

    select
        FingerprintNumber,
        OtherNumber,
        Distance,
        Inliers,
        IsSameView,
        cast(
            case
                when IsMatch = 0 then 'no match'
                when IsAcrossArtists = 1 then 'across artists'
                when Inliers > {{ var('weak_inliers') }} then 'match'
                when Distance <= {{ bits_var('chain_bits') }} then 'match'
                else 'weak match'
            end as varchar(20)
        ) as Verdict
    from measured

)

select * from judged
