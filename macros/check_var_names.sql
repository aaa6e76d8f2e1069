{#- Stop when `--vars` names a var that this project does not have: a misspelt one would be ignored.
    The vars of packages pass: as a dictionary of theirs, by a name that begins with the package's, and
    by what the var other_vars lists. -#}
{% macro check_var_names() -%}
    {%- set known = [
        'paintings_file', 'paintings_encoding', 'paintings_schema', 'hash_levels', 'hash_level', 'split_seed',
        'train_share', 'stratified_split', 'near_duplicate_bits', 'bold_bits', 'bold_bits6', 'chain_bits',
        'cross_artist_bits', 'flat_bits', 'sqlserver_bit_count', 'other_vars'
    ] -%}
    {%- set others = var('other_vars') -%}
    {%- if others is string or others is not sequence -%}
        {{ exceptions.raise_compiler_error("var other_vars must be a list of names, not " ~ others) }}
    {%- endif -%}
    {%- set packages = [] -%}
    {%- for node in graph.nodes.values() if node.package_name not in packages and node.package_name != 'paintings_dedupe' -%}
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
        {%- if not passes.it -%}
            {{ exceptions.raise_compiler_error("there is no var " ~ name ~ ". Did you mean " ~ nearest_name(name, known) ~ "? A var of your own goes into the list other_vars of dbt_project.yml. Vars of this project: " ~ known | join(', ')) }}
        {%- endif -%}
    {%- endfor -%}
{%- endmacro %}

{#- Of `names` the one that shares most pairs of neighbouring letters with `name`. -#}
{% macro nearest_name(name, names) -%}
    {%- set best = namespace(name=names[0], likeness=-1) -%}
    {%- for candidate in names -%}
        {%- set shared = namespace(pairs=0) -%}
        {%- for place in range(name | length - 1) if name[place:place + 2] | lower in candidate -%}
            {%- set shared.pairs = shared.pairs + 1 -%}
        {%- endfor -%}
        {%- set likeness = 2 * shared.pairs / (name | length + candidate | length) -%}
        {%- if likeness > best.likeness -%}
            {%- set best.name, best.likeness = candidate, likeness -%}
        {%- endif -%}
    {%- endfor -%}
    {{ return(best.name) }}
{%- endmacro %}
