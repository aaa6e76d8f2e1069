{#- A post-hook of `unique_paintings`: record the vars of the build in the table TableBuilds, in the
    transaction that replaces the table. manifest.json cannot serve for this, because any dbt
    command may rewrite it. -#}
{% macro note_build() -%}
    {%- set vars = {} -%}
    {%- for name in ['hash_level', 'train_share', 'split_seed', 'near_duplicate_bits', 'bold_bits', 'bold_bits6', 'chain_bits', 'cross_artist_bits', 'flat_bits', 'stratified_split'] -%}
        {%- do vars.update({name: var(name)}) -%}
    {%- endfor -%}
    insert into {{ api.Relation.create(database=target.database, schema=target.schema, identifier='TableBuilds') }}
        (ModelVersion, InvocationId, BuiltAt, Vars)
    values (
        {{ model.version or 1 }},
        '{{ invocation_id }}',
        '{{ run_started_at.strftime('%Y-%m-%dT%H:%M:%S.%fZ') }}',
        '{{ tojson(vars, sort_keys=true) | replace("'", "''") }}'
    )
{%- endmacro %}
