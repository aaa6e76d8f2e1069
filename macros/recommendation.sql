{% macro recommendation() -%}
    {%- set verdict -%}
        case
            when ranked.Place = 1 then 'Recommended: fewest suspected errors, '
            when ranked.SuspectedErrors = best.FewestErrors
                then {{ dbt.concat(["'As good as '", 'best.BestMethod', "', which is recommended: '"]) }}
            else 'Not recommended: '
        end
    {%- endset -%}
    {%- set parts = [verdict, as_text('ranked.SuspectedErrors'), "' ('"] -%}
    {%- for column, name in {
        'SuspectedWrongMerges': 'wrong merges',
        'CrossArtistMerges': 'merges across artists',
        'FlatMerges': 'merges of flat images',
        'SuspectedMisses': 'misses',
        'LeakedPairs': 'leaked pairs',
    }.items() -%}
        {%- do parts.extend([as_text('ranked.' ~ column), "' " ~ name ~ (')' if loop.last else ', ') ~ "'"]) -%}
    {%- endfor -%}
    {%- set comparison -%}
        case
            when ranked.SuspectedErrors > best.FewestErrors
                then {{ dbt.concat(["' against '", as_text('best.FewestErrors')]) }}
            else ''
        end
    {%- endset -%}
    cast({{ dbt.concat(parts + [comparison]) }} as varchar(300))
{%- endmacro %}

{% macro as_text(number) -%}
    cast({{ number }} as varchar(20))
{%- endmacro %}
