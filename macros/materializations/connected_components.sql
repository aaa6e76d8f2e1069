{% materialization connected_components, default %}
    {%- set columns = model.columns.keys() | list -%}
    {%- if columns | length != 3 or not config.get('contract').enforced -%}
        {{ exceptions.raise_compiler_error("a model materialized as connected_components needs an enforced contract with three columns (the graph, a node, another node that it is linked to). It has: " ~ columns | join(', ')) }}
    {%- endif -%}
    {%- set most_passes = (config.get('meta') or {}).get('most_passes', 64) -%}

    {%- set existing_relation = load_cached_relation(this) -%}
    {%- set target_relation = this.incorporate(type='table') -%}
    {%- set intermediate_relation = make_intermediate_relation(target_relation) -%}
    {%- set backup_relation = make_backup_relation(target_relation, 'table' if existing_relation is none else existing_relation.type) -%}
    {%- set grant_config = config.get('grants') -%}

    {{ drop_relation_if_exists(load_cached_relation(intermediate_relation)) }}
    {{ drop_relation_if_exists(load_cached_relation(backup_relation)) }}
    {%- do drop_component_relations() -%}

    {{ run_hooks(pre_hooks, inside_transaction=False) }}
    {{ run_hooks(pre_hooks, inside_transaction=True) }}

    {%- if (config.get('meta') or {}).get('keeps_apart') -%}
        {%- set first, later = apart_passes(columns, sql, most_passes), none -%}
        {%- set labelled = nodes_labelled(first, columns) -%}
    {%- else -%}
        {%- set first, later = component_passes(columns, sql, most_passes) -%}
        {%- set labelled = labels_followed(first, later, columns) -%}
    {%- endif -%}
    {% call statement('main') -%}
        {{ get_create_table_as_sql(False, intermediate_relation, labelled) }}
    {%- endcall %}
    {{ drop_relation_if_exists(first) }}
    {{ drop_relation_if_exists(later) }}

    {%- if existing_relation is not none -%}
        {{ adapter.rename_relation(existing_relation, backup_relation) }}
    {%- endif -%}
    {{ adapter.rename_relation(intermediate_relation, target_relation) }}
    {%- do create_indexes(target_relation) -%}

    {{ run_hooks(post_hooks, inside_transaction=True) }}
    {%- do apply_grants(target_relation, grant_config, should_revoke=should_revoke(existing_relation, full_refresh_mode=True)) -%}
    {%- do persist_docs(target_relation, model) -%}
    {{ adapter.commit() }}
    {{ drop_relation_if_exists(backup_relation) }}
    {{ run_hooks(post_hooks, inside_transaction=False) }}

    {{ return({'relations': [target_relation]}) }}
{% endmaterialization %}
