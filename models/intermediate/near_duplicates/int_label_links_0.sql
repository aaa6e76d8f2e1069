{#- Four graphs at once, each with the links that are at least so strong: 1 close links only, 2 near
    ones too, 3 bold ones too, 4 those across artists too. Each link stands both ways. -#}
with links as (

    select * from {{ ref('int_fingerprint_links') }} as links

),

strengths as (

    select strengths.Strength
    from (values (1), (2), (3), (4)) as strengths (Strength)

),

both_ways as (

    select
        strengths.Strength,
        links.FingerprintNumber as Label,
        links.OtherNumber as OtherLabel
    from links
    inner join strengths on links.Strength <= strengths.Strength

    union all

    select
        strengths.Strength,
        links.OtherNumber as Label,
        links.FingerprintNumber as OtherLabel
    from links
    inner join strengths on links.Strength <= strengths.Strength

)

select * from both_ways
