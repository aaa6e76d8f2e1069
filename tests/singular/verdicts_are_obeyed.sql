-- What was judged to be the same is one group, or one family if the artists differ. What was judged
-- to be different is in two groups, unless verdict_conflicts says why not.
{{ config(enabled=var('near_duplicates')) }}

select
    verdicts.Verdict,
    verdicts.FingerprintNumber,
    verdicts.OtherNumber
from {{ ref('int_verdicts_numbered') }} as verdicts
left join {{ ref('int_groups_settled') }} as one
    on verdicts.FingerprintNumber = one.FingerprintNumber
left join {{ ref('int_groups_settled') }} as other
    on verdicts.OtherNumber = other.FingerprintNumber
left join {{ ref('verdict_conflicts') }} as conflicts
    on
        {{ exact_text('verdicts.Verdict') }} = {{ exact_text('conflicts.Verdict') }}
        and {{ exact_text('verdicts.Artist') }} = {{ exact_text('conflicts.Artist') }}
        and coalesce({{ exact_text('verdicts.DHashHex8') }}, '')
        = coalesce({{ exact_text('conflicts.DHashHex8') }}, '')
        and coalesce({{ exact_text('verdicts.URL') }}, '')
        = coalesce({{ exact_text('conflicts.URL') }}, '')
        and {{ exact_text('verdicts.OtherArtist') }} = {{ exact_text('conflicts.OtherArtist') }}
        and coalesce({{ exact_text('verdicts.OtherDHashHex8') }}, '')
        = coalesce({{ exact_text('conflicts.OtherDHashHex8') }}, '')
        and coalesce({{ exact_text('verdicts.OtherURL') }}, '')
        = coalesce({{ exact_text('conflicts.OtherURL') }}, '')
where
    verdicts.FingerprintNumber is not null
    and verdicts.OtherNumber is not null
    and conflicts.Problem is null
    and (
        (verdicts.Verdict = 'same' and one.FamilyNumber <> other.FamilyNumber)
        or (
            verdicts.Verdict = 'same'
            and verdicts.IsAcrossArtists = 0
            and one.GroupNumber <> other.GroupNumber
        )
        or (verdicts.Verdict = 'different' and one.GroupNumber = other.GroupNumber)
    )
