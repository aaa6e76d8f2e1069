{% macro note_build() -%}
    {#- A clone is a copy of a build, which TableBuilds of the other schema records. -#}
    {%- if flags.WHICH == 'clone' or is_elsewhere(model) %}
    select 1
    {%- else %}
    {{ build_record(model) }}
    {%- endif %}
{%- endmacro %}

{% macro build_record(built) -%}
    {%- set vars = {} -%}
    {%- for name in ['hash_level', 'train_share', 'split_seed', 'near_duplicate_bits', 'copy_bits', 'bold_bits', 'bold_bits6', 'mirrored_bits', 'chain_bits', 'cross_artist_bits', 'weak_inliers', 'flat_bits', 'accepted_formats', 'stratified_split'] -%}
        {%- do vars.update({name: var(name)}) -%}
    {%- endfor %}
    insert into {{ api.Relation.create(database=target.database | default(none), schema=target.schema, identifier='TableBuilds') }}
        (ModelVersion, InvocationId, BuiltAt, Vars)
    values (
        {{ built.version or 1 }},
        '{{ invocation_id }}',
        '{{ run_started_at.strftime('%Y-%m-%dT%H:%M:%S.%fZ') }}',
        '{{ tojson(vars, sort_keys=true) | replace("'", "''") }}'
    )
{%- endmacro %}
