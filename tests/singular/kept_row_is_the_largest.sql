-- Each dropped row has a kept row with the same hash, which is wider, or as wide and at least as
-- tall.
{%- set hash = 'DHashHex' ~ var('hash_level') %}
select
    duplicates.URL,
    kept.URL as KeptURL
from {{ ref('duplicate_paintings') }} as duplicates
left join {{ ref('unique_paintings', v=1) }} as kept on duplicates.{{ hash }} = kept.{{ hash }}
where
    kept.URL is null
    or coalesce(duplicates.Width, 0) > coalesce(kept.Width, 0)
    or (
        coalesce(duplicates.Width, 0) = coalesce(kept.Width, 0)
        and coalesce(duplicates.Height, 0) > coalesce(kept.Height, 0)
    )
    or {{ exact_text('duplicates.KeptURL') }} <> {{ exact_text('kept.URL') }}
