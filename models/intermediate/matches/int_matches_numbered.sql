{#- A pair may be listed in either order and more than once; one match among its rows is enough.
    Rows of pictures that are no longer in the table find no fingerprint and are left out. A reviewer
    who judges two pictures to be different speaks of all their copies, too. -#}
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

judged_pairs as (

    select
        FingerprintNumber,
        OtherNumber,
        -- Of two verdicts, `same` counts: it is the last word, in the alphabet too.
        max(Verdict) as Verdict
    from {{ ref('int_verdicts_numbered') }} as verdicts
    where
        Verdict in ('same', 'different')
        and FingerprintNumber < OtherNumber
    group by FingerprintNumber, OtherNumber

),

parted_sets as (

    select
        SetNumber,
        OtherSet
    from {{ ref('int_verdicts_numbered') }} as verdicts
    where
        Verdict = 'different'
        and SetNumber <> OtherSet

    union

    select
        OtherSet as SetNumber,
        SetNumber as OtherSet
    from {{ ref('int_verdicts_numbered') }} as verdicts
    where
        Verdict = 'different'
        and SetNumber <> OtherSet

),

copy_sets as (

    select
        FingerprintNumber,
        SetNumber
    from {{ ref('int_fingerprints_close') }} as copy_sets
    where Strength = 'copy'

),

listed as (

    select
        FingerprintNumber,
        OtherNumber,
        IsMatch,
        IsSameView,
        Inliers
    from found

    union all

    select
        FingerprintNumber,
        OtherNumber,
        null as IsMatch,
        0 as IsSameView,
        0 as Inliers
    from judged_pairs

),

examined as (

    select
        FingerprintNumber,
        OtherNumber,
        max(IsMatch) as IsMatch,
        max(IsSameView) as IsSameView,
        max(case when IsMatch = 1 then Inliers else 0 end) as Inliers
    from listed
    group by FingerprintNumber, OtherNumber

),

reviewed as (

    select
        examined.*,
        case
            when judged_pairs.Verdict is not null then judged_pairs.Verdict
            when parted_sets.SetNumber is not null then 'different'
        end as Verdict
    from examined
    left join judged_pairs
        on
            examined.FingerprintNumber = judged_pairs.FingerprintNumber
            and examined.OtherNumber = judged_pairs.OtherNumber
    left join copy_sets as one on examined.FingerprintNumber = one.FingerprintNumber
    left join copy_sets as other on examined.OtherNumber = other.FingerprintNumber
    left join parted_sets
        on
            coalesce(one.SetNumber, examined.FingerprintNumber) = parted_sets.SetNumber
            and coalesce(other.SetNumber, examined.OtherNumber) = parted_sets.OtherSet

),

measured as (

    select
        reviewed.FingerprintNumber,
        reviewed.OtherNumber,
        reviewed.Inliers,
        reviewed.IsSameView,
        {{ hash_distance('one', 'other') }} as Distance,
        case when one.ArtistKey = other.ArtistKey then 0 else 1 end as IsAcrossArtists,
        case
            when one.ArtistKey <> other.ArtistKey and reviewed.Verdict = 'same' then 1
            when reviewed.Verdict = 'different' then 0
            else reviewed.IsMatch
        end as IsMatch
    from reviewed
    inner join fingerprints as one on reviewed.FingerprintNumber = one.FingerprintNumber
    inner join fingerprints as other on reviewed.OtherNumber = other.FingerprintNumber

),

judged as (

    select
        FingerprintNumber,
        OtherNumber,
        Distance,
        case when IsMatch = 1 then Inliers else 0 end as Inliers,
        case when IsMatch = 1 then IsSameView else 0 end as IsSameView,
        cast(
            case
                when IsMatch = 0 then 'no match'
                when IsAcrossArtists = 1 then 'across artists'
                when Inliers > {{ var('weak_inliers') }} then 'match'
                when Distance <= {{ bits_var('chain_bits') }} then 'match'
                else 'weak match'
            end as varchar(20)
        ) as Finding
    from measured
    -- Pictures that were only judged to be the same have nothing more to say.
    where IsMatch is not null

)

select * from judged
