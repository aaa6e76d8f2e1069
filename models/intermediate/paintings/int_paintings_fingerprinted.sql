{#- A row whose only fault is its DHashHex8 takes part, by equality alone. What a reviewer took out
    has no fingerprint, so that version 2 cannot group it. -#}
{#- The level whose equality groups rows without a usable DHashHex8. -#}
{%- set equal_level = 7 if var('hash_level') == 8 else var('hash_level') -%}

with eligible as (

    select
        Artist,
        ArtistNumber,
        Width,
        Height,
        EncodingFormat,
        Name,
        URL,
        case when RejectionReason is null then DHashHex8 end as DHashHex8
        {%- for level in var('hash_levels') if level != 8 %},
        DHashHex{{ level }}
        {%- endfor %}
        {%- for column in measured_columns() %},
        {{ column }}
        {%- endfor %}
    from {{ ref('int_paintings_checked') }} as paintings
    where IsGroupable = 1

),

bits as (

    select
        *,
        case
            when {{ dbt.length('DHashHex8') | trim }} = 32 then {{ hash_bits('DHashHex8', 1, 16) }}
        end as RowBits8,
        case
            when {{ dbt.length('DHashHex8') | trim }} = 32 then {{ hash_bits('DHashHex8', 17, 16) }}
        end as ColumnBits8,
        case
            when {{ dbt.length('DHashHex6') | trim }} = 18 then {{ hash_bits('DHashHex6', 1, 9) }}
        end as RowBits6,
        case
            when {{ dbt.length('DHashHex6') | trim }} = 18 then {{ hash_bits('DHashHex6', 10, 9) }}
        end as ColumnBits6
    from eligible

),

weighed as (

    select
        *,
        {{ hamming_distance('RowBits8', '0') }} as RowBitsSet,
        {{ hamming_distance('ColumnBits8', '0') }} as ColumnBitsSet
    from bits

),

judged as (

    select
        *,
        case
            when RowBits8 is null then 'equality'
            when
                case when RowBitsSet > 32 then 64 - RowBitsSet else RowBitsSet end
                + case when ColumnBitsSet > 32 then 64 - ColumnBitsSet else ColumnBitsSet end
                <= {{ var('flat_bits') }}
                then 'flat'
            else 'hash'
        end as Evidence
    from weighed

),

-- What a hash identifies is named by it; anything else by its URL, too.
removed_hashes as (

    select
        min(Artist) as Artist,
        min(DHashHex8) as DHashHex8,
        {{ first_text('RemovalReason') }} as RemovalReason
    from {{ ref('int_images_removed') }} as removed
    group by {{ exact_text('Artist') }}, {{ exact_text('DHashHex8') }}

),

reviewed as (

    select
        judged.*,
        case
            when judged.Evidence = 'hash' then removed_hashes.RemovalReason
            else removed.RemovalReason
        end as RemovalReason
    from judged
    left join removed_hashes
        on
            {{ exact_text('judged.Artist') }} = {{ exact_text('removed_hashes.Artist') }}
            and {{ exact_text('judged.DHashHex8') }} = {{ exact_text('removed_hashes.DHashHex8') }}
    left join {{ ref('int_images_removed') }} as removed
        on
            {{ exact_text('judged.Artist') }} = {{ exact_text('removed.Artist') }}
            and {{ exact_text('judged.URL') }} = {{ exact_text('removed.URL') }}
            and coalesce({{ exact_text('judged.DHashHex8') }}, '')
            = {{ exact_text('removed.DHashHex8') }}

),

fingerprinted as (

    select
        {%- for column in painting_columns() %}
        {{ column }},
        {%- endfor %}
        {%- for column in measured_columns() %}
        {{ column }},
        {%- endfor %}
        cast(row_number() over (order by {{ keeper_order() }}) as bigint) as ImageNumber,
        cast(Evidence as varchar(10)) as Evidence,
        RemovalReason,
        cast(
            case
                when RemovalReason is not null then null
                when Evidence = 'hash' then DHashHex8
                when Evidence = 'flat'
                    then {{ dbt.concat(["'flat:'", text_digest(ascii_text('URL'))]) }}
                else {{ dbt.concat(["'" ~ equal_level ~ ":'", 'DHashHex' ~ equal_level]) }}
            end as varchar(50)
        ) as Fingerprint,
        cast(
            case Evidence
                when 'hash' then DHashHex8
                when 'flat' then '{{ '0' * 32 }}'
                else DHashHex{{ equal_level }}
            end as varchar(40)
        ) as SplitKey,
        case when Evidence = 'hash' then RowBits8 end as RowBits8,
        case when Evidence = 'hash' then ColumnBits8 end as ColumnBits8,
        case when Evidence = 'hash' then RowBits6 end as RowBits6,
        case when Evidence = 'hash' then ColumnBits6 end as ColumnBits6
    from reviewed

),

numbered as (

    select
        *,
        cast(row_number() over (order by {{ copy_order() }}) as bigint) as KeeperNumber
    from fingerprinted

)

select * from numbered
