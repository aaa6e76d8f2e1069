with paintings as (

    select * from {{ ref('stg_gallery__paintings') }} as paintings

),

faults as (

    select
        *,
        concat_ws(
            '; ',
            TypingErrors,
            case when Artist is null then 'Artist is missing' end,
            case when URL is null then 'URL is missing' end,
            case when Width <= 0 then 'Width is not positive' end,
            case when Height <= 0 then 'Height is not positive' end
        ) as RowFaults,
        {{ hash_fault(8) }} as Hash8Fault,
        concat_ws(
            '; '
            {%- for level in var('hash_levels') if level != 8 %},
            {{ hash_fault(level) }}
            {%- endfor %}
        ) as CoarserFaults
    from paintings

),

checked as (

    select
        {%- for column in painting_columns() %}
        {{ column }},
        {%- endfor %}
        {%- for column in measured_columns() %}
        {{ column }},
        {%- endfor %}
        cast(
            nullif(
                concat_ws('; ', nullif(RowFaults, ''), Hash8Fault, nullif(CoarserFaults, '')),
                ''
            ) as {{ sql_type('nvarchar(2000)') }}
        ) as RejectionReason,
        -- Staging may have cut a DHashHex8 that is too long.
        case
            when
                RowFaults in ('', 'DHashHex8 is longer than 40 characters')
                and CoarserFaults = ''
                then 1
            else 0
        end as IsGroupable
    from faults

)

select * from checked
