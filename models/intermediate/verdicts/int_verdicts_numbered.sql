{#- What a hash identifies is named by artist and hash, so that a verdict outlives its URL. -#}
with verdicts as (

    select * from {{ ref('stg_review__verdicts') }} as verdicts

),

judged_artists as (

    select {{ exact_text('Artist') }} as Artist
    from verdicts

    union

    select {{ exact_text('OtherArtist') }} as Artist
    from verdicts

),

paintings as (

    select
        Artist,
        DHashHex8,
        URL,
        Evidence,
        Fingerprint
    from {{ ref('int_paintings_fingerprinted') }} as images
    where {{ exact_text('Artist') }} in (select judged_artists.Artist from judged_artists)

),

named_images as (

    select
        min(Artist) as Artist,
        min(DHashHex8) as DHashHex8,
        cast(null as {{ sql_type('nvarchar(2000)') }}) as URL,
        min(Fingerprint) as Fingerprint
    from paintings
    where Evidence = 'hash'
    group by {{ exact_text('Artist') }}, {{ exact_text('DHashHex8') }}

    union all

    select
        min(Artist) as Artist,
        coalesce(min(DHashHex8), '') as DHashHex8,
        min(URL) as URL,
        min(Fingerprint) as Fingerprint
    from paintings
    where Evidence <> 'hash'
    group by {{ exact_text('Artist') }}, {{ exact_text('DHashHex8') }}, {{ exact_text('URL') }}

),

images as (

    select
        named_images.Artist,
        named_images.DHashHex8,
        named_images.URL,
        fingerprints.FingerprintNumber,
        fingerprints.ArtistKey
    from named_images
    left join {{ ref('int_fingerprints_numbered') }} as fingerprints
        on
            {{ exact_text('named_images.Artist') }} = {{ exact_text('fingerprints.Artist') }}
            and {{ exact_text('named_images.Fingerprint') }}
            = {{ exact_text('fingerprints.Fingerprint') }}

),

named as (

    select
        verdicts.*,
        one.FingerprintNumber as OneNumber,
        other.FingerprintNumber as TwoNumber,
        case when one.Artist is null then 0 else 1 end as IsFound,
        case when other.Artist is null then 0 else 1 end as IsOtherFound,
        case when one.ArtistKey = other.ArtistKey then 0 else 1 end as IsAcrossArtists
    from verdicts
    left join images as one
        on
            {{ exact_text('verdicts.Artist') }} = {{ exact_text('one.Artist') }}
            and coalesce({{ exact_text('verdicts.DHashHex8') }}, '')
            = {{ exact_text('one.DHashHex8') }}
            and (
                one.URL is null
                or {{ exact_text('verdicts.URL') }} = {{ exact_text('one.URL') }}
            )
    left join images as other
        on
            {{ exact_text('verdicts.OtherArtist') }} = {{ exact_text('other.Artist') }}
            and coalesce({{ exact_text('verdicts.OtherDHashHex8') }}, '')
            = {{ exact_text('other.DHashHex8') }}
            and (
                other.URL is null
                or {{ exact_text('verdicts.OtherURL') }} = {{ exact_text('other.URL') }}
            )

),

copy_sets as (

    select
        FingerprintNumber,
        SetNumber
    from {{ ref('int_fingerprints_close') }} as copy_sets
    where Strength = 'copy'

),

numbered as (

    select
        named.Verdict,
        named.Artist,
        named.DHashHex8,
        named.URL,
        named.OtherArtist,
        named.OtherDHashHex8,
        named.OtherURL,
        named.IsAcrossArtists,
        named.IsFound,
        named.IsOtherFound,
        case
            when named.OneNumber < named.TwoNumber then named.OneNumber
            when named.OneNumber >= named.TwoNumber then named.TwoNumber
        end as FingerprintNumber,
        case
            when named.OneNumber < named.TwoNumber then named.TwoNumber
            when named.OneNumber >= named.TwoNumber then named.OneNumber
        end as OtherNumber,
        coalesce(one_set.SetNumber, named.OneNumber) as SetNumber,
        coalesce(other_set.SetNumber, named.TwoNumber) as OtherSet
    from named
    left join copy_sets as one_set on named.OneNumber = one_set.FingerprintNumber
    left join copy_sets as other_set on named.TwoNumber = other_set.FingerprintNumber

)

select * from numbered
