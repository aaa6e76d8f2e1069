{#- Only groups of which a reviewer judged an image. There is one graph per step, with the links
    that are at least that firm. The last one has the groups as they were, and what was judged to be
    the same. -#}
{{ config(materialized='connected_components') }}
{%- set steps = link_steps() | length -%}

with members as (

    select
        members.FingerprintNumber,
        coalesce(joined.Label, members.GroupNumber) as GroupNumber
    from {{ ref('int_fingerprints_grouped') }} as members
    left join {{ ref('int_groups_joined') }} as joined on members.GroupNumber = joined.GroupNumber

),

verdicts as (

    select
        FingerprintNumber,
        OtherNumber,
        Verdict
    from {{ ref('int_verdicts_numbered') }} as verdicts
    where
        Verdict in ('same', 'different')
        and IsAcrossArtists = 0
        and FingerprintNumber < OtherNumber

),

judged as (

    select FingerprintNumber from verdicts

    union

    select OtherNumber as FingerprintNumber from verdicts

),

judged_groups as (

    select distinct members.GroupNumber
    from judged
    inner join members on judged.FingerprintNumber = members.FingerprintNumber

),

judged_members as (

    select
        members.FingerprintNumber,
        members.GroupNumber
    from judged_groups
    inner join members on judged_groups.GroupNumber = members.GroupNumber

),

links as (

    select
        links.FingerprintNumber,
        links.OtherNumber,
        {{ link_step('links.Strength') }} as Step
    from {{ ref('int_fingerprints_linked') }} as links
    inner join judged_members as one on links.FingerprintNumber = one.FingerprintNumber
    inner join judged_members as other
        on
            links.OtherNumber = other.FingerprintNumber
            and (
                one.GroupNumber = other.GroupNumber
                or links.Strength = 'same'
            )
    where links.Strength not in ('refuted', 'across artists')

    union all

    select
        FingerprintNumber,
        GroupNumber as OtherNumber,
        {{ steps + 1 }} as Step
    from judged_members

),

steps as (

    select steps.Step
    from (
        values
        {%- for step in range(1, steps + 2) %}
        ({{ step }}){{ ',' if not loop.last }}
        {%- endfor %}
    ) as steps (Step)

),

graph_links as (

    select distinct
        steps.Step,
        links.FingerprintNumber,
        links.OtherNumber
    from links
    inner join steps on links.Step <= steps.Step
    where links.FingerprintNumber <> links.OtherNumber

)

select
    Step,
    FingerprintNumber,
    OtherNumber as Label
from graph_links
