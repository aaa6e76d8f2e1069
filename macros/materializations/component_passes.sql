{#- Run the passes of the materialization `connected_components`. Return two relations: the label
    that each node took in the first pass, and the final label of that label after later passes
    (none if there was only one pass). All relations have the three columns of the model. -#}
{% macro component_passes(columns, links_sql, most_passes) -%}
    {%- set state = namespace(links=component_relation('links', 0), left=true, first=none, later=none) -%}
    {%- do create_component_relation(state.links, links_sql) -%}
    {%- for pass in range(most_passes) -%}
        {#- The first pass is always made; without links it gives an empty table. -#}
        {%- if state.left -%}
            {%- set taken = component_pass('taken' if pass else 'first', columns, state.links, most_passes) -%}
            {%- set links = component_relation('links', (pass + 1) % 2) -%}
            {%- do create_component_relation(links, links_left(state.links, taken, columns)) -%}
            {{ adapter.drop_relation(state.links) }}
            {%- set state.links = links -%}
            {%- set state.left = count_component_rows('select * from ' ~ links ~ ' as links') -%}
            {%- if pass == 0 -%}
                {%- set state.first = taken -%}
            {%- else -%}
                {%- set later = component_relation('later', pass % 2) -%}
                {%- do create_component_relation(
                    later, labels_followed(state.later or taken, taken if state.later else none, columns)
                ) -%}
                {{ drop_relation_if_exists(state.later) }}
                {{ adapter.drop_relation(taken) }}
                {%- set state.later = later -%}
            {%- endif -%}
        {%- endif -%}
    {%- endfor -%}
    {{ adapter.drop_relation(state.links) }}
    {%- if state.left -%}
        {%- do raise_unfinished_components(most_passes, state.left ~ ' links still join two nodes') -%}
    {%- endif -%}
    {{ return([state.first, state.later]) }}
{%- endmacro %}

{#- One pass: return the relation of the labels that all nodes took, followed to their end. -#}
{% macro component_pass(role, columns, links, most_passes) -%}
    {%- set state = namespace(taken=component_relation(role, 0), left=true) -%}
    {%- do create_component_relation(state.taken, neighbours_taken(links, columns)) -%}
    {%- for turn in range(1, most_passes + 1) -%}
        {%- if state.left -%}
            {%- set state.left = count_component_rows(labels_on_the_way(state.taken, columns)) -%}
        {%- endif -%}
        {%- if state.left -%}
            {%- set followed = component_relation(role, turn % 2) -%}
            {%- do create_component_relation(followed, labels_followed(state.taken, state.taken, columns)) -%}
            {{ adapter.drop_relation(state.taken) }}
            {%- set state.taken = followed -%}
        {%- endif -%}
    {%- endfor -%}
    {%- if state.left -%}
        {%- do raise_unfinished_components(most_passes, state.left ~ ' nodes are not at the end of their way') -%}
    {%- endif -%}
    {{ return(state.taken) }}
{%- endmacro %}

{#- A relation beside that of the model, of the same type. Each role has two relations, which are
    used in turn. -#}
{% macro component_relation(role, turn) -%}
    {{ return(make_intermediate_relation(this.incorporate(type='table'), '__dbt_' ~ role ~ '_' ~ turn)) }}
{%- endmacro %}

{% macro create_component_relation(relation, sql) -%}
    {% call statement('create_component_relation') -%}
        {{ get_create_table_as_sql(False, relation, sql) }}
    {%- endcall %}
{%- endmacro %}

{% macro count_component_rows(query) -%}
    {{ return(run_query('select ' ~ count_big('*') ~ ' as Found from (' ~ query ~ ') as found').rows[0][0] | int) }}
{%- endmacro %}

{% macro raise_unfinished_components(most_passes, what) -%}
    {{ exceptions.raise_compiler_error(
        this.identifier ~ ": after " ~ most_passes ~ " passes " ~ what ~ ". The table is as it was before."
        ~ " Each pass halves the nodes that have a link, so either meta most_passes of this model is too low"
        ~ " (64, the default, is enough for any table), or the links changed while it ran: run the model again."
    ) }}
{%- endmacro %}
