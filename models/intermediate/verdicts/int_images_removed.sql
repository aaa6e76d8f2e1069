with verdicts as (

    select
        Artist,
        Note,
        coalesce(DHashHex8, '') as DHashHex8,
        coalesce(URL, '') as URL,
        case Verdict
            when 'drop' then 'dropped by a reviewer'
            else 'under the wrong artist, says a reviewer'
        end as Finding
    from {{ ref('stg_review__verdicts') }} as verdicts
    where
        Verdict in ('drop', 'wrong artist')
        and Artist is not null

),

removed as (

    select
        cast({{ first_text("concat_ws(': ', Finding, Note)") }} as {{ sql_type('nvarchar(1100)') }})
            as RemovalReason,
        min(Artist) as Artist,
        min(DHashHex8) as DHashHex8,
        min(URL) as URL
    from verdicts
    group by
        {{ exact_text('Artist') }},
        {{ exact_text('DHashHex8') }},
        {{ exact_text('URL') }}

)

select * from removed
