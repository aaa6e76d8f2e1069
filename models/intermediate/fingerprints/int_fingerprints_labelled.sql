{#- There is one graph per strength, with the links that are at least that strong. -#}
{{ config(materialized='connected_components') }}
{%- set strengths = ['close', 'near', 'bold', 'across artists'] -%}

with links as (

    select * from {{ ref('int_fingerprints_linked') }} as links

),

graphs as (

    select
        graphs.WeakestStrength,
        graphs.Strength
    from (
        values
        {%- for weakest in strengths %}
        {%- set is_last = loop.last %}
        {%- for strength in strengths[:loop.index] %}
        ('{{ weakest }}', '{{ strength }}'){{ ',' if not (is_last and loop.last) }}
        {%- endfor %}
        {%- endfor %}
    ) as graphs (WeakestStrength, Strength)

),

graph_links as (

    select
        cast(graphs.WeakestStrength as varchar(20)) as WeakestStrength,
        links.FingerprintNumber,
        links.OtherNumber as Label
    from links
    inner join graphs on links.Strength = graphs.Strength

)

select * from graph_links
