{#- A post-hook of the seed, which may be a host's: hence the names of the package. Which file was loaded is
    told by its checksum, which dbt computes. -#}
{% macro note_verdicts() -%}
    {#- A clone is a copy of what was loaded, which VerdictLoads of the other schema records. -#}
    {%- if flags.WHICH == 'clone' or paintings_dedupe.is_elsewhere(model) %}
    select 1
    {%- else %}
    {{ paintings_dedupe.verdicts_record() }}
    {%- endif %}
{%- endmacro %}

{% macro verdicts_record() %}
    insert into {{ paintings_dedupe.verdict_loads() }} (InvocationId, LoadedAt, Checksum)
    values (
        '{{ invocation_id }}',
        '{{ run_started_at.strftime('%Y-%m-%dT%H:%M:%S.%fZ') }}',
        '{{ paintings_dedupe.verdicts_seed().checksum.checksum | replace("'", "''") if execute }}'
    )
{%- endmacro %}

{% macro verdict_loads() -%}
    {{ return(api.Relation.create(database=target.database | default(none), schema=target.schema, identifier='VerdictLoads')) }}
{%- endmacro %}

{% macro verdicts_seed() -%}
    {{ return(graph.nodes.values() | selectattr('resource_type', 'equalto', 'seed') | selectattr('name', 'equalto', 'review_verdicts') | first) }}
{%- endmacro %}

{#- Whether the file has changed since it was loaded. If it never was, it has if it has any verdict: the
    checksum below is that of a file with its header alone. -#}
{% macro are_verdicts_outdated() -%}
    {%- set header_only = '91610c3904972b5d665f5e410f222671744e501923d2faef789cfb04a8c64221' -%}
    {%- set latest -%}
        select Checksum
        from {{ verdict_loads() }} as loads
        where LoadedAt = (select max(LoadedAt) from {{ verdict_loads() }} as all_loads)
    {%- endset -%}
    {%- set loaded = run_query(latest).rows -%}
    {{ return(verdicts_seed().checksum.checksum != (loaded[0][0] if loaded else header_only)) }}
{%- endmacro %}
