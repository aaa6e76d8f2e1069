-- Linked fingerprints are in one family and, within one artist, in one group, unless a chain was
-- split.
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
        and links.Strength <> 'across artists'
        and (one.IsSplitChain = 0 or other.IsSplitChain = 0)
    )
