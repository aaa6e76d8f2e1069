-- What links join is in one family, whatever the number of passes; and within one artist it is in
-- one group, unless a chain was split.
select
    links.FingerprintNumber,
    links.OtherNumber
from {{ ref('int_fingerprint_links') }} as links
inner join {{ ref('int_fingerprint_groups') }} as a on links.FingerprintNumber = a.FingerprintNumber
inner join {{ ref('int_fingerprint_groups') }} as b on links.OtherNumber = b.FingerprintNumber
where
    a.FamilyNumber <> b.FamilyNumber
    or (
        a.GroupNumber <> b.GroupNumber
        and links.Strength <> 'across artists'
        and (a.IsSplitChain = 0 or b.IsSplitChain = 0)
    )
