{% macro merge_counts(method) -%}
    {%- set is_not_bound = 'coalesce(dropped_matches.ClusterNumber, -1) <> coalesce(keeper_matches.ClusterNumber, 0)' -%}
    select
        '{{ method.name }}' as Method,
        {{ count_big('case when ' ~ is_not_bound ~ ' and ' ~ hash_distance('dropped', 'keeper') ~ ' > ' ~ var('bold_bits') ~ ' then 1 end') }}
            as SuspectedWrongMerges,
        {{ count_big('case when ' ~ exact_text('dropped.Artist') ~ ' <> ' ~ exact_text('keeper.Artist') ~ ' then 1 end') }}
            as CrossArtistMerges,
        {{ count_big("case when " ~ is_not_bound ~ " and 'flat' in (dropped.Evidence, keeper.Evidence) then 1 end") }}
            as FlatMerges
    from kept
    inner join {{ ref('int_paintings_fingerprinted') }} as keeper on kept.KeptImage = keeper.ImageNumber
    {%- if method.level %}
    inner join {{ ref('int_paintings_fingerprinted') }} as dropped
        on
            keeper.{{ method.column }} = dropped.{{ method.column }}
            and keeper.ImageNumber <> dropped.ImageNumber
            -- Where it is null, version 1 rejects the row.
            and dropped.DHashHex8 is not null
    {%- else %}
    inner join members as kept_members on kept.KeptImage = kept_members.ImageNumber
    inner join members
        on
            kept_members.{{ method.column }} = members.{{ method.column }}
            and kept_members.ImageNumber <> members.ImageNumber
    inner join {{ ref('int_paintings_fingerprinted') }} as dropped on members.ImageNumber = dropped.ImageNumber
    {%- endif %}
    left join matched_images as keeper_matches on keeper.ImageNumber = keeper_matches.ImageNumber
    left join matched_images as dropped_matches on dropped.ImageNumber = dropped_matches.ImageNumber
    where
        kept.Method = '{{ method.name }}'
        and kept.Images > 1
{%- endmacro %}
