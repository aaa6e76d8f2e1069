{% macro check_var_names() -%}
    {#- The vars of a host are its own affair. -#}
    {%- if is_host() -%}
        {{ return('') }}
    {%- endif -%}
    {%- set known = [
        'paintings_file', 'paintings_encoding', 'paintings_database', 'paintings_schema', 'paintings_table', 'paintings_model', 'paintings_loaded_at', 'hash_levels', 'hash_level', 'split_seed',
        'train_share', 'stratified_split', 'near_duplicates', 'near_duplicate_bits', 'copy_bits', 'bold_bits', 'bold_bits6',
        'mirrored_bits', 'chain_bits', 'cross_artist_bits', 'weak_inliers', 'flat_bits', 'accepted_formats', 'sqlserver_bit_count',
        'images_container', 'images_prefix', 'images_manifest', 'images_contact', 'other_vars'
    ] -%}
    {%- set others = var('other_vars') -%}
    {%- if others is string or others is not sequence -%}
        {{ exceptions.raise_compiler_error("var other_vars must be a list of names, not " ~ others) }}
    {%- endif -%}
    {%- set packages = [] -%}
    {%- for name, value in context.items() if not execute and value is mapping and name not in ['dbt', 'paintings_dedupe'] -%}
        {%- do packages.append(name) -%}
    {%- endfor -%}
    {%- for node in graph.get('nodes', {}).values() if node.package_name not in packages and node.package_name != 'paintings_dedupe' -%}
        {%- do packages.append(node.package_name) -%}
    {%- endfor -%}
    {%- for name, value in (invocation_args_dict.get('vars') or {}).items() if name not in known -%}
        {%- set passes = namespace(it=value is mapping) -%}
        {%- for other in others -%}
            {%- if name == other or (other.endswith('*') and name.startswith(other[:-1])) -%}
                {%- set passes.it = true -%}
            {%- endif -%}
        {%- endfor -%}
        {%- for package in packages if name.startswith(package) -%}
            {%- set passes.it = true -%}
        {%- endfor -%}
        {%- set nearest = nearest_name(name, known) -%}
        {%- if not passes.it and (execute or likeness(name, nearest) >= 0.5) -%}
            {{ exceptions.raise_compiler_error("there is no var " ~ name ~ ". Did you mean " ~ nearest ~ "? A var of your own goes into the list other_vars of dbt_project.yml. Vars of this project: " ~ known | join(', ')) }}
        {%- endif -%}
    {%- endfor -%}
{%- endmacro %}

{% macro nearest_name(name, names) -%}
    {%- set best = namespace(name=names[0], likeness=-1) -%}
    {%- for candidate in names -%}
        {%- set found = likeness(name, candidate) -%}
        {%- if found > best.likeness -%}
            {%- set best.name, best.likeness = candidate, found -%}
        {%- endif -%}
    {%- endfor -%}
    {{ return(best.name) }}
{%- endmacro %}

{% macro likeness(name, other) -%}
    {%- set shared = namespace(pairs=0) -%}
    {%- for place in range(name | length - 1) if name[place:place + 2] | lower in other -%}
        {%- set shared.pairs = shared.pairs + 1 -%}
    {%- endfor -%}
    {{ return(2 * shared.pairs / (name | length + other | length)) }}
{%- endmacro %}
