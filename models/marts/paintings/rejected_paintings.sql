with checked as (

    select * from {{ ref('int_paintings_checked') }} as paintings

),

rejected as (

    select *
    from checked
    where RejectionReason is not null

)

select * from rejected
