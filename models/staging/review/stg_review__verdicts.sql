{#- Cleaned as the staging model of Paintings is, so that names agree. -#}
with verdicts as (

    select * from {{ ref('review_verdicts') }} as verdicts

),

cleaned as (

    select
        {{ clean_text('Verdict') }} as Verdict,
        {{ clean_text('Artist') }} as Artist,
        {{ clean_text('DHashHex8') }} as DHashHex8,
        {{ clean_url('URL') }} as URL,
        {{ clean_text('OtherArtist') }} as OtherArtist,
        {{ clean_text('OtherDHashHex8') }} as OtherDHashHex8,
        {{ clean_url('OtherURL') }} as OtherURL,
        {{ clean_text('Note') }} as Note
    from verdicts

),

typed as (

    select
        {{ stored_text(lower_text('Verdict'), 40) }} as Verdict,
        {{ stored_text('Artist', 400) }} as Artist,
        {{ stored_text(padded_hash('DHashHex8', 8), 40) }} as DHashHex8,
        {{ stored_text('URL', 2000) }} as URL,
        {{ stored_text('OtherArtist', 400) }} as OtherArtist,
        {{ stored_text(padded_hash('OtherDHashHex8', 8), 40) }} as OtherDHashHex8,
        {{ stored_text('OtherURL', 2000) }} as OtherURL,
        {{ stored_text('Note', 1000) }} as Note
    from cleaned

)

select * from typed
