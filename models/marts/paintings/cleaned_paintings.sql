{#- Read from the source, because staging contains only cleaned values. A dot is appended, because
    SQL Server considers texts equal that differ only in spaces at the end. -#}
{%- set names = ['Artist', 'Name', 'URL', 'EncodingFormat'] -%}
{%- set hashes = [] -%}
{%- for level in var('hash_levels') -%}
    {%- do hashes.append('DHashHex' ~ level) -%}
{%- endfor -%}
{%- set columns = names + hashes -%}
{%- set differs = {} -%}
{%- for column in columns -%}
    {%- set before = lower_text(column) if column in hashes else column -%}
    {%- set after = "coalesce(After" ~ column ~ ", '')" -%}
    {%- set before, after = dbt.concat([before, "'.'"]), dbt.concat([after, "'.'"]) -%}
    {%- do differs.update({column: before ~ ' <> ' ~ after}) -%}
{%- endfor -%}

with paintings as (

    select
        {%- for column in columns %}
        {{ raw_text(column) }} as {{ column }},
        {{ clean_url(column) if column == 'URL' else clean_text(column) }} as Clean{{ column }}
        {{- ',' if not loop.last }}
        {%- endfor %}
    from {{ paintings_to_read() }} as paintings

),

padded as (

    select
        {%- for column in columns %}
        {{ column }},
        {%- set after = 'Clean' ~ column %}
        {%- set after = padded_hash(after, column[-1] | int) if column in hashes else after %}
        {{ after }} as After{{ column }}
        {{- ',' if not loop.last }}
        {%- endfor %}
    from paintings

),

named as (

    select column_names.ColumnName
    from (
        values
        {%- for column in columns %}
        ('{{ column }}'){{ ',' if not loop.last }}
        {%- endfor %}
    ) as column_names (ColumnName)

),

-- Most rows end here, before they are looked at column by column.
changed_rows as (

    select *
    from padded
    where
        {%- for column in columns %}
        {{ 'or ' if not loop.first }}{{ differs[column] }}
        {%- endfor %}

),

changed as (

    select
        changed_rows.AfterArtist,
        changed_rows.AfterURL,
        named.ColumnName,
        case named.ColumnName
            {%- for column in columns %}
            when '{{ column }}' then changed_rows.{{ column }}
            {%- endfor %}
        end as ValueBefore,
        case named.ColumnName
            {%- for column in columns %}
            when '{{ column }}' then changed_rows.After{{ column }}
            {%- endfor %}
        end as ValueAfter
    from changed_rows
    cross join named
    where
        {%- for column in columns %}
        {{ 'or ' if not loop.first }}(named.ColumnName = '{{ column }}' and {{ differs[column] }})
        {%- endfor %}

),

written as (

    select
        AfterArtist,
        AfterURL,
        ColumnName,
        {{ visible_text('ValueBefore') }} as ValueBefore,
        ValueAfter
    from changed

)

select
    {{ stored_text('AfterArtist', 400) }} as Artist,
    {{ stored_text('AfterURL', 2000) }} as URL,
    cast(ColumnName as varchar(20)) as ColumnName,
    {{ stored_text('ValueBefore', 4000) }} as ValueBefore,
    {{ stored_text('ValueAfter', 2000) }} as ValueAfter
from written
