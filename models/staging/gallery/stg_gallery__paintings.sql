{#- The maximum length of each text column; longer text is noted in TypingErrors. Together they stay
    below the 8,060 bytes that SQL Server can sort by. -#}
{%- set text_lengths = {'Artist': 400, 'EncodingFormat': 40, 'Name': 1000, 'URL': 2000} -%}
{%- for level in var('hash_levels') -%}
    {%- do text_lengths.update({'DHashHex' ~ level: 40}) -%}
{%- endfor -%}
{%- set whole_numbers = ['ArtistNumber', 'Width', 'Height'] -%}
{#- A table may lack these, and what is no such number is ignored. -#}
{%- set measures = measured_columns() -%}
{%- set optional = measures.keys() | list -%}
{%- set others = text_lengths.keys() | list + optional -%}

with paintings as (

    select found.*
    from {{ optional_columns(paintings_to_read(), painting_columns(), optional) }}

),

cleaned as (

    select
        {%- for column in whole_numbers + others if column != 'URL' %}
        {{ clean_text(column) }} as {{ column }},
        {%- endfor %}
        {{ clean_url('URL') }} as URL
    from paintings

),

lowered as (

    select
        {%- for column in whole_numbers + optional + ['Artist', 'Name', 'URL'] %}
        {{ column }},
        {%- endfor %}
        {{ lower_text('EncodingFormat') }} as EncodingFormat
        {%- for level in var('hash_levels') %},
        {{ padded_hash('DHashHex' ~ level, level) }} as DHashHex{{ level }}
        {%- endfor %}
    from cleaned

),

typed as (

    select
        {{ stored_text('Artist', 400) }} as Artist,
        {{ whole_number('ArtistNumber') }} as ArtistNumber,
        {{ whole_number('Width') }} as Width,
        {{ whole_number('Height') }} as Height,
        {{ stored_text('EncodingFormat', 40) }} as EncodingFormat,
        {{ stored_text('Name', 1000) }} as Name,
        {{ stored_text('URL', 2000) }} as URL,
        {%- for level in var('hash_levels') %}
        {{ stored_text('DHashHex' ~ level, 40) }} as DHashHex{{ level }},
        {%- endfor %}
        {%- for column, (least, most) in measures.items() %}
        case
            when {{ whole_number(column) }} between {{ least }} and {{ most }}
                then {{ whole_number(column) }}
        end as {{ column }},
        {%- endfor %}
        cast(
            nullif(
                concat_ws(
                    '; '
                    {%- for column in whole_numbers %},
                    case
                        when {{ column }} is not null and {{ whole_number(column) }} is null
                            then '{{ column }} is not a whole number'
                    end
                    {%- endfor %}
                    {%- for column, longest in text_lengths.items() %},
                    case
                        when {{ text_length(column) }} > {{ longest }}
                            then '{{ column }} is longer than {{ longest }} characters'
                    end
                    {%- endfor %}
                ), ''
            ) as {{ sql_type('nvarchar(1000)') }}
        ) as TypingErrors
    from lowered

)

select * from typed
