{% macro csv_lines(table, path, encoding) -%}
create or replace temp table {{ table }} as
with file as (

    select content from read_blob('{{ path }}')

),

{% if encoding.startswith('utf-16') -%}
{%- set units = {'CR': '0D00', 'LF': '0A00', 'none': 'FDFF', 'ascii': '(?:[0-7].00)*', 'low': '(..)00'}
    if encoding == 'utf-16-le' else {'CR': '000D', 'LF': '000A', 'none': 'FFFD', 'ascii': '(?:00[0-7].)*', 'low': '00(..)'} -%}
{#- In hexadecimal digits, four per unit. Half a unit at the end is not a character. -#}
split as (

    select regexp_extract_all(
        case
            when octet_length(content) % 2 = 0 then hex(content)
            else hex(content)[:-3] || '{{ units.none }}'
        end,
        '((?:....)*?)(?:{{ units.CR }}{{ units.LF }}|{{ units.LF }}|{{ units.CR }}|$)', 1
    ) as Lines
    from file

),

numbered as (

    select
        generate_subscripts(Lines, 1) as Number,
        unnest(Lines) as Digits
    from split

),

parted as (

    select
        Number,
        Digits,
        list_transform(
            regexp_extract_all(Digits, '....'),
            lambda unit: cast('0x' || {{ 'unit[3:4] || unit[1:2]' if encoding == 'utf-16-le' else 'unit' }} as int)
        ) as Units
    from numbered

),

decoded as (

    select
        Number,
        case
            when regexp_full_match(Digits, '{{ units.ascii }}')
                then decode(unhex(regexp_replace(Digits, '{{ units.low }}', '\1', 'g')))
            else array_to_string(
                list_transform(
                    Units,
                    lambda unit, place: case
                        when unit between 55296 and 56319 and Units[place + 1] between 56320 and 57343
                            then chr(65536 + (unit - 55296) * 1024 + Units[place + 1] - 56320)
                        when unit between 56320 and 57343 and place > 1 and Units[place - 1] between 55296 and 56319
                            then ''
                        {#- Half a surrogate pair is not a character. #}
                        when unit between 55296 and 57343 then chr(65533)
                        else chr(unit)
                    end
                ), ''
            )
        end as Line
    from parted

),

lines as (

    select
        Number,
        case when not contains(Line, chr(65533)) then Line end as Line
    from decoded

)
{%- else -%}
{#- As text, DuckDB writes each byte that is not plain ASCII as \xE9, and also quotes and
    backslashes. -#}
split as (

    select string_split(
        replace(replace(cast(content as varchar), '\x0D\x0A', '\x0A'), '\x0D', '\x0A'), '\x0A'
    ) as Lines
    from file

),

numbered as (

    select
        generate_subscripts(Lines, 1) as Number,
        unnest(Lines) as Escaped
    from split

),

lines as (

    select
        Number,
        {%- if encoding == 'utf-8' %}
        try(decode(cast(Escaped as blob))) as Line
        {%- else %}
        case
            when not regexp_matches(Escaped, '\\x[89A-F]') then decode(cast(Escaped as blob))
            else array_to_string(
                list_transform(
                    regexp_extract_all(hex(cast(Escaped as blob)), '..'),
                    lambda byte: chr({{ cp1252_code("cast('0x' || byte as int)") if encoding == 'cp1252' else "cast('0x' || byte as int)" }})
                ), ''
            )
        end as Line
        {%- endif %}
    from numbered

)
{%- endif %}

select
    Number,
    case when Number = 1 then ltrim(Line, chr(65279)) else Line end as Line
from lines
{%- endmacro %}

{% macro cp1252_code(byte) -%}
    case
        when {{ byte }} between 128 and 159
            then [
                8364, 129, 8218, 402, 8222, 8230, 8224, 8225, 710, 8240, 352, 8249, 338, 141, 381, 143,
                144, 8216, 8217, 8220, 8221, 8226, 8211, 8212, 732, 8482, 353, 8250, 339, 157, 382, 376
            ][{{ byte }} - 127]
        else {{ byte }}
    end
{%- endmacro %}
