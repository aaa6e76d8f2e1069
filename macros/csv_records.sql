{% macro csv_records(table, lines, header, delimiter, width, least) -%}
{%- set mark = {'\t': '\\t', '|': '\\|'}.get(delimiter, delimiter) -%}
{%- set name = {',': 'comma', ';': 'semicolon', '\t': 'tab', '|': 'bar'}[delimiter] -%}
{%- set inside = '(?:[^"]|"")*' -%}
{%- set quoted = '"' ~ inside -%}
{%- set field = '(?:' ~ quoted ~ '"|[^"' ~ mark ~ '][^' ~ mark ~ ']*|)' -%}
{%- set a_field = "regexp_extract_all('" ~ delimiter ~ "' || {}, '(?s)" ~ mark ~ "(" ~ field ~ ")', 1)" -%}
create or replace temp table {{ table }} as
with recursive lines as (

    select Number, Line
    from {{ lines }}
    where Number > {{ header }}

),

{#- What a line is where no quoted field is open: whole, open (its last field goes on), faulty. #}
outside as (

    select
        Number,
        Line,
        case
            when Line is null then 'no text'
            when contains(Line, chr(0)) then 'nul'
            when trim(Line, ' ' || chr(9)) = '' then 'blank'
            when not contains(Line, '"') then 'whole'
            when regexp_full_match(Line, '(?s){{ field }}(?:{{ mark }}{{ field }})*') then 'whole'
            when regexp_full_match(Line, '(?s)(?:{{ field }}{{ mark }})*{{ quoted }}') then 'open'
            else 'faulty'
        end as Kind
    from lines

),

opens as (

    select
        Number,
        len(regexp_extract_all('{{ delimiter }}' || Line, '(?s){{ mark }}(?:{{ quoted }}$|{{ field }})')) - 1 as Delimiters
    from outside
    where Kind = 'open'

),

{#- What a line is to a quoted field that is open: only those that end it count. #}
enders as (

    select
        Number,
        case
            when Line is null or contains(Line, chr(0)) then 'faulty'
            when regexp_full_match(Line, '(?s){{ inside }}"(?:{{ mark }}{{ field }})*') then 'closes'
            when regexp_full_match(Line, '(?s){{ inside }}"(?:{{ mark }}{{ field }})*{{ mark }}{{ quoted }}') then 'reopens'
            else 'faulty'
        end as Kind,
        len(regexp_extract_all(
            regexp_replace(Line, '(?s)^{{ inside }}"', ''), '(?s){{ mark }}(?:{{ quoted }}$|{{ field }})'
        )) as Delimiters,
        lead(Number) over (order by Number) as NextEnder
    from lines
    where
        exists (select 1 from opens)
        and (Line is null or contains(Line, chr(0)) or not regexp_full_match(Line, '(?s){{ inside }}'))

),

{#- From each line that leaves a field open, the lines that may belong to it. #}
spans as (

    select
        opens.Number as FirstLine,
        enders.Number as LastLine,
        enders.Kind,
        opens.Delimiters + enders.Delimiters as Delimiters,
        enders.NextEnder
    from opens
    asof inner join enders
        on opens.Number < enders.Number

    union all

    select
        spans.FirstLine,
        enders.Number as LastLine,
        enders.Kind,
        spans.Delimiters + enders.Delimiters as Delimiters,
        enders.NextEnder
    from spans
    inner join enders
        on spans.NextEnder = enders.Number
    where spans.Kind = 'reopens'

),

candidates as (

    select
        FirstLine,
        LastLine,
        max(LastLine) over (order by FirstLine rows between unbounded preceding and 1 preceding) as Before
    from spans
    where Kind = 'closes' and Delimiters + 1 between {{ least }} and {{ width }}

),

clustered as (

    select
        FirstLine,
        LastLine,
        sum(case when Before >= FirstLine then 0 else 1 end) over (order by FirstLine) as Cluster
    from candidates

),

{#- Where they overlap, the first counts, then the next that begins after its end. #}
chosen as (

    select
        Cluster,
        min(FirstLine) as FirstLine,
        arg_min(LastLine, FirstLine) as LastLine
    from clustered
    group by Cluster

    union all

    select
        chosen.Cluster,
        min(clustered.FirstLine) as FirstLine,
        arg_min(clustered.LastLine, clustered.FirstLine) as LastLine
    from chosen
    inner join clustered
        on
            chosen.Cluster = clustered.Cluster
            and chosen.LastLine < clustered.FirstLine
    group by chosen.Cluster

),

placed as (

    select
        outside.Number,
        outside.Line,
        outside.Kind,
        case when outside.Number <= chosen.LastLine then chosen.FirstLine end as FirstLine
    from outside
    asof left join chosen
        on outside.Number >= chosen.FirstLine

),

records as (

    select
        Number,
        Line as Text,
        Kind
    from placed
    where FirstLine is null and Kind <> 'blank'

    union all

    select
        FirstLine as Number,
        string_agg(Line, chr(10) order by Number) as Text,
        'whole' as Kind
    from placed
    where FirstLine is not null
    group by FirstLine

),

parted as (

    select
        Number,
        Kind,
        case
            when Kind <> 'whole' then null
            when not contains(Text, '"') then string_split(Text, '{{ delimiter }}')
            else list_transform(
                {{ a_field.replace('{}', 'Text') }},
                lambda field: case
                    when starts_with(field, '"') then replace(field[2:-2], '""', '"')
                    else field
                end
            )
        end as Fields
    from records

),

checked as (

    select
        Number,
        Fields,
        case
            when Kind = 'no text' then 'not text in this encoding: set paintings_encoding or --encoding, such as cp1252 for a file that Excel saved'
            when Kind = 'nul' then 'a character NUL'
            when Kind = 'open' then 'a quote that is not closed'
            when Kind = 'faulty' then 'a quote inside a quoted field: it must be doubled'
            when len(Fields) < {{ least }}
                then printf('it ends after %d of {{ width }} fields: ', len(Fields))
                    || case
                        when len(Fields) = 1 then 'cut off, broken in two, or its separator is no {{ name }}'
                        else 'cut off, or broken in two'
                    end
            when len(list_filter(Fields[{{ width }} + 1:], lambda field: field <> '')) > 0
                then 'more fields than columns: a field with a {{ name }} needs quotes'
        end as Reason
    from parted

)

select
    Number as Line,
    case when Reason is null then Fields end as Fields,
    Reason
from checked
{%- endmacro %}
