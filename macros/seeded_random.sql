{% macro seeded_random(column) -%}
    {{ return(adapter.dispatch('seeded_random')(column)) }}
{%- endmacro %}

{% macro default__seeded_random(column) -%}
    {%- set digest = 'md5(' ~ dbt.concat(["'" ~ var('split_seed') ~ ":'", column]) ~ ')' -%}
    cast({{ hash_bits(digest, 1, 12) }} as {{ sql_type('double precision') }}) / 281474976710656
{%- endmacro %}

{#- varchar, because the digest of nvarchar is that of UTF-16 bytes. -#}
{% macro sqlserver__seeded_random(column) -%}
    cast(
        cast(
            substring(hashbytes('MD5', '{{ var("split_seed") }}:' + cast({{ column }} as varchar(40))), 1, 6) as bigint
        ) as double precision
    ) / 281474976710656
{%- endmacro %}
