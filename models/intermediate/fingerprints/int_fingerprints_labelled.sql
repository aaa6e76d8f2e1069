{#- There is one graph per strength, with the links that are at least that strong. Its nodes are
    sets of copies, so that only what links these is followed. What a reviewer judged to be the same
    is joined later, so that it undoes no chain. -#}
{{ config(materialized='connected_components') }}
{%- set strengths = ['match', 'close', 'near', 'bold', 'across artists'] -%}

with copy_sets as (

    select
        FingerprintNumber,
        SetNumber
    from {{ ref('int_fingerprints_close') }} as copy_sets
    where Strength = 'copy'

),

links as (

    select
        -- A mirror image is as firmly linked as a match, and as far from its original.
        case
            when links.Strength = 'mirrored' then 'match'
            else links.Strength
        end as Strength,
        coalesce(one.SetNumber, links.FingerprintNumber) as SetNumber,
        coalesce(other.SetNumber, links.OtherNumber) as Label
    from {{ ref('int_fingerprints_linked') }} as links
    left join copy_sets as one on links.FingerprintNumber = one.FingerprintNumber
    left join copy_sets as other on links.OtherNumber = other.FingerprintNumber
    where links.Strength <> 'copy'

),

graphs as (

    select
        graphs.WeakestStrength,
        graphs.Strength
    from (
        values
        {%- for weakest in strengths %}
        {%- for strength in strengths[:loop.index] %}
        ('{{ weakest }}', '{{ strength }}'),
        {%- endfor %}
        {%- endfor %}
        ('same', 'match'),
        ('same', 'same'),
        -- What must not be divided between Train and Test, though it is no group.
        ('across artists', 'same'),
        ('across artists', 'weak match'),
        ('across artists', 'refuted')
    ) as graphs (WeakestStrength, Strength)

),

graph_links as (

    select distinct
        cast(graphs.WeakestStrength as varchar(20)) as WeakestStrength,
        links.SetNumber,
        links.Label
    from links
    inner join graphs on links.Strength = graphs.Strength
    where links.SetNumber <> links.Label

)

select * from graph_links
