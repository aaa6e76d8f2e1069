{#- The longest text that each column keeps; a longer one is noted in TypingErrors. -#}
{%- set text_lengths = {'Artist': 400, 'EncodingFormat': 40, 'Name': 4000, 'URL': 4000} -%}
{%- for level in var('hash_levels') -%}
    {%- do text_lengths.update({'DHashHex' ~ level: 40}) -%}
{%- endfor -%}
{%- set whole_numbers = ['ArtistNumber', 'Width', 'Height'] -%}

with paintings as (

    select * from {{ source('gallery', 'paintings') }}

),

cleaned as (

    select
        {%- for column in text_lengths %}
        {{ clean_text(column) }} as {{ column }},
        {%- endfor %}
        {%- for column in whole_numbers %}
        {{ whole_number(column) }} as {{ column }},
        {{ clean_text(column) }} as {{ column }}Given{{ ',' if not loop.last }}
        {%- endfor %}
    from paintings

),

typed as (

    select
        cast(Artist as nvarchar(400)) as Artist,
        ArtistNumber,
        Width,
        Height,
        cast(lower(EncodingFormat) as nvarchar(40)) as EncodingFormat,
        cast(Name as nvarchar(4000)) as Name,
        cast(URL as nvarchar(4000)) as URL,
        {%- for level in var('hash_levels') %}
        cast(lower(DHashHex{{ level }}) as nvarchar(40)) as DHashHex{{ level }},
        {%- endfor %}
        cast(
            nullif(
                concat_ws(
                    '; '
                    {%- for column in whole_numbers %},
                    case
                        when {{ column }} is null and {{ column }}Given is not null
                            then '{{ column }} is not a whole number'
                    end
                    {%- endfor %}
                    {%- for column, longest in text_lengths.items() %},
                    case
                        when {{ dbt.length(column) }} > {{ longest }}
                            then '{{ column }} is longer than {{ longest }} characters'
                    end
                    {%- endfor %}
                ), ''
            ) as nvarchar(1000)
        ) as TypingErrors
    from cleaned

)

select * from typed
