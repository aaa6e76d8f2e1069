-- Linked fingerprints are in one family. If a link within an artist is neither weak nor refuted,
-- they are in one group, unless a chain was split, which undoes no match and no
-- close or mirrored link.
{{ config(enabled=var('near_duplicates')) }}

select
    links.FingerprintNumber,
    links.OtherNumber
from {{ ref('int_fingerprints_linked') }} as links
inner join {{ ref('int_fingerprints_grouped') }} as one
    on links.FingerprintNumber = one.FingerprintNumber
inner join {{ ref('int_fingerprints_grouped') }} as other
    on links.OtherNumber = other.FingerprintNumber
where
    one.FamilyNumber <> other.FamilyNumber
    or (
        one.GroupNumber <> other.GroupNumber
        and (
            links.Strength in ('match', 'copy', 'close', 'mirrored')
            or (
                links.Strength in ('near', 'bold')
                and (one.IsSplitChain = 0 or other.IsSplitChain = 0)
            )
        )
    )
