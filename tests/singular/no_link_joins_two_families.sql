-- Linked fingerprints are in one family. Within one artist, they are in one group, unless a chain
-- was split, or looking at the pictures refuted the link. Nothing undoes a match or a close link.
select
    links.FingerprintNumber,
    links.OtherNumber
from {{ ref('int_fingerprints_linked') }} as links
inner join {{ ref('int_fingerprints_grouped') }} as one
    on links.FingerprintNumber = one.FingerprintNumber
inner join {{ ref('int_fingerprints_grouped') }} as other
    on links.OtherNumber = other.FingerprintNumber
left join {{ ref('int_links_refuted') }} as refuted
    on
        links.FingerprintNumber = refuted.FingerprintNumber
        and links.OtherNumber = refuted.OtherNumber
where
    one.FamilyNumber <> other.FamilyNumber
    or (
        one.GroupNumber <> other.GroupNumber
        and (
            links.Strength in ('match', 'close')
            or (
                links.Strength in ('near', 'bold')
                and refuted.Strength is null
                and (one.IsSplitChain = 0 or other.IsSplitChain = 0)
            )
        )
    )
