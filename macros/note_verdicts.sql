{#- A post-hook of the seed. Which file was loaded is told by its checksum, which dbt computes. -#}
{% macro note_verdicts() -%}
    {%- set loads = api.Relation.create(database=target.database, schema=target.schema, identifier='VerdictLoads') -%}
    {%- if execute and flags.WHICH != 'clone' -%}
        {%- do create_missing_table(loads, {'InvocationId': 'nvarchar(40)', 'LoadedAt': 'nvarchar(40)', 'Checksum': 'nvarchar(2000)'}) -%}
    {%- endif -%}
    insert into {{ loads }} (InvocationId, LoadedAt, Checksum)
    values (
        '{{ invocation_id }}',
        '{{ run_started_at.strftime('%Y-%m-%dT%H:%M:%S.%fZ') }}',
        '{{ verdicts_seed().checksum.checksum | replace("'", "''") if execute }}'
    )
{%- endmacro %}

{% macro verdicts_seed() -%}
    {{ return(graph.nodes['seed.' ~ project_name ~ '.review_verdicts']) }}
{%- endmacro %}

{#- Whether the file has changed since it was loaded. If it never was, it has if it has any verdict: the
    checksum below is that of a file with its header alone. -#}
{% macro are_verdicts_outdated() -%}
    {%- set header_only = '91610c3904972b5d665f5e410f222671744e501923d2faef789cfb04a8c64221' -%}
    {%- set latest -%}
        select Checksum
        from {{ api.Relation.create(database=target.database, schema=target.schema, identifier='VerdictLoads') }} as loads
        where LoadedAt = (
            select max(LoadedAt)
            from {{ api.Relation.create(database=target.database, schema=target.schema, identifier='VerdictLoads') }} as all_loads
        )
    {%- endset -%}
    {%- set loaded = run_query(latest).rows -%}
    {{ return(verdicts_seed().checksum.checksum != (loaded[0][0] if loaded else header_only)) }}
{%- endmacro %}
