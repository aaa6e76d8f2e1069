{#- A table of connected components. The model's query gives links, a row each: the graph that the link
    is in, a node, and another node that it joins to the first; its contract names these three columns
    in this order. Either direction will do, and a link may be there twice. The table has the same
    columns: every node that has a link, with the smallest node that links lead to.

    In a pass every node takes its smallest neighbour, what this takes in turn, and so on to the end;
    then links join what was taken, and the next pass follows, until no link is left. Each node that has
    a link becomes one with another, so a pass leaves at most half of them: the bound of 64 passes (or
    `meta: {most_passes: ...}`) is enough for 2^64 nodes, whatever their order.

    All is made beside the table and put in its place at the end, as dbt does with a table: a build
    that fails or is interrupted leaves the table as it was. What it may leave beside it on a server
    without transactions goes at the next build. Every statement is `create table as select`, which
    the adapter writes for its engine; the selects are the same for all of them. -#}
{% materialization connected_components, default %}
    {%- set columns = model.columns.keys() | list -%}
    {%- if columns | length != 3 or not config.get('contract').enforced -%}
        {{ exceptions.raise_compiler_error("a model materialized as connected_components needs an enforced contract of three columns (the graph, a node, another that a link joins to it); it has: " ~ columns | join(', ')) }}
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

    {%- set first, later = component_passes(columns, sql, most_passes) -%}
    {% call statement('main') -%}
        {{ get_create_table_as_sql(False, intermediate_relation, labels_followed(first, later, columns)) }}
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
