{% macro component_passes(columns, links_sql, most_passes) -%}
    {%- set state = namespace(links=component_relation('links', 0), left=true, first=none, later=none) -%}
    {%- do create_component_relation(state.links, links_sql) -%}
    {%- for pass in range(most_passes) -%}
        {#- The first pass is always made; without links it gives an empty table. -#}
        {%- if state.left -%}
            {%- set taken = component_pass('taken' if pass else 'first', columns, neighbours_taken(state.links, columns), most_passes) -%}
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

{% macro component_pass(role, columns, taken_sql, most_passes) -%}
    {%- set state = namespace(taken=component_relation(role, 0), left=true) -%}
    {%- do create_component_relation(state.taken, taken_sql) -%}
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

{#- Each pass joins two labels at least, so that there are fewer passes than nodes. -#}
{% macro apart_passes(columns, links_sql, most_passes) -%}
    {%- set given = component_relation('later', 0) -%}
    {%- set state = namespace(links=component_relation('links', 0), left=true) -%}
    {%- do create_component_relation(given, links_sql) -%}
    {%- do create_component_relation(state.links, links_allowed(given, columns)) -%}
    {{ adapter.drop_relation(given) }}
    {%- for pass in range(count_component_rows(nodes_labelled(state.links, columns)) + 1) -%}
        {%- if state.left -%}
            {%- set state.left = count_component_rows(links_to_follow(state.links, columns)) -%}
        {%- endif -%}
        {%- if state.left -%}
            {%- set taken = component_pass('taken', columns, firmest_taken(state.links, columns), most_passes) -%}
            {%- set joined = component_relation('later', 0) -%}
            {%- do create_component_relation(joined, links_joined(state.links, taken, columns)) -%}
            {{ adapter.drop_relation(taken) }}
            {{ adapter.drop_relation(state.links) }}
            {%- set state.links = component_relation('links', (pass + 1) % 2) -%}
            {%- do create_component_relation(state.links, links_allowed(joined, columns)) -%}
            {{ adapter.drop_relation(joined) }}
        {%- endif -%}
    {%- endfor -%}
    {{ return(state.links) }}
{%- endmacro %}

{% macro component_relation(role, turn) -%}
    {{ return(make_intermediate_relation(this.incorporate(type='table'), '__dbt_' ~ role ~ '_' ~ turn)) }}
{%- endmacro %}

{#- Drop what a build left that was killed where each statement is committed by itself. dbt-sqlserver
    makes a table by way of a view; views go first, since they may read the tables. -#}
{% macro drop_component_relations() -%}
    {%- for ending in ['__dbt_tmp_vw', ''] -%}
        {%- for role in ['links', 'first', 'taken', 'later'] -%}
            {%- for turn in range(2) -%}
                {{ drop_relation_if_exists(load_cached_relation(component_relation(role, turn ~ ending))) }}
            {%- endfor -%}
        {%- endfor -%}
    {%- endfor -%}
{%- endmacro %}

{% macro create_component_relation(relation, sql) -%}
    {% call statement('create_component_relation') -%}
        {{ get_create_table_as_sql(False, relation, sql) }}
    {%- endcall %}
{%- endmacro %}

{% macro count_component_rows(query) -%}
    {{ return(run_query(component_rows(query)).rows[0][0] | int) }}
{%- endmacro %}

{% macro raise_unfinished_components(most_passes, what) -%}
    {{ exceptions.raise_compiler_error(
        this.identifier ~ ": after " ~ most_passes ~ " passes " ~ what ~ ". The table is as it was before."
        ~ " Each pass halves the nodes that have a link, so either meta most_passes of this model is too low"
        ~ " (64, the default, is enough for any table), or the links changed while it ran: run the model again."
    ) }}
{%- endmacro %}
