with verdicts as (

    select * from {{ ref('int_verdicts_numbered') }} as verdicts

),

groups as (

    select * from {{ ref('int_groups_settled') }} as groups

),

same_pairs as (

    select distinct
        FingerprintNumber,
        OtherNumber
    from verdicts
    where Verdict = 'same'

),

outcomes as (

    select
        verdicts.*,
        case
            when one.GroupNumber = other.GroupNumber then 1
            when same_pairs.FingerprintNumber is not null then 1
            else 0
        end as IsSame
    from verdicts
    left join same_pairs
        on
            verdicts.FingerprintNumber = same_pairs.FingerprintNumber
            and verdicts.OtherNumber = same_pairs.OtherNumber
    left join groups as one on verdicts.FingerprintNumber = one.FingerprintNumber
    left join groups as other on verdicts.OtherNumber = other.FingerprintNumber

),

judged as (

    select
        Verdict,
        Artist,
        DHashHex8,
        URL,
        OtherArtist,
        OtherDHashHex8,
        OtherURL,
        cast(
            case
                when Verdict is null or Verdict not in ('same', 'different', 'drop', 'wrong artist')
                    then 'no such verdict'
                when IsFound = 0 then 'the image is not in the table'
                when Verdict in ('drop', 'wrong artist') then null
                when IsOtherFound = 0 then 'the other image is not in the table'
                -- What was dropped is in no group.
                when FingerprintNumber is null or OtherNumber is null then null
                when Verdict = 'different' and FingerprintNumber = OtherNumber
                    then 'both images have the same hash'
                when Verdict = 'different' and IsSame = 1
                    then 'other verdicts say that both are the same'
            end as varchar(200)
        ) as Problem
    from outcomes

)

select * from judged
where Problem is not null
