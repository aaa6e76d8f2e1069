with checked as (

    select * from {{ ref('int_paintings_checked') }} as paintings

),

faulty as (

    select
        checked.*,
        removed.RemovalReason
    from checked
    left join {{ ref('int_images_removed') }} as removed
        on
            checked.IsGroupable = 1
            -- No hash identifies it, so a verdict names it by its URL.
            and removed.DHashHex8 = ''
            and {{ exact_text('checked.Artist') }} = {{ exact_text('removed.Artist') }}
            and {{ exact_text('checked.URL') }} = {{ exact_text('removed.URL') }}
    where checked.RejectionReason is not null

),

rejected as (

    select
        {%- for column in painting_columns() %}
        {{ column }},
        {%- endfor %}
        cast(concat_ws('; ', RejectionReason, RemovalReason) as {{ sql_type('nvarchar(3200)') }})
            as RejectionReason,
        0 as IsInVersion1,
        case when RemovalReason is null then IsGroupable else 0 end as IsInVersion2,
        case when RemovalReason is null then 0 else 1 end as IsRemoved
    from faulty

    union all

    select
        {%- for column in painting_columns() %}
        {{ column }},
        {%- endfor %}
        cast(RemovalReason as {{ sql_type('nvarchar(3200)') }}) as RejectionReason,
        1 as IsInVersion1,
        0 as IsInVersion2,
        1 as IsRemoved
    from {{ ref('int_paintings_fingerprinted') }} as removed
    where
        RemovalReason is not null
        and DHashHex8 is not null

)

select * from rejected
