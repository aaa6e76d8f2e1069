{% macro check_vars() -%}
    {%- do check_var_names() -%}
    {%- if target.type == 'duckdb' and target.database == 'main' -%}
        {{ exceptions.raise_compiler_error("the DuckDB file is called main, as its first schema is, and DuckDB takes the one name for the other. Give the file another name, such as DUCKDB_PATH=paintings.duckdb") }}
    {%- endif -%}
    {%- set faults = [] -%}
    {%- do note_faulty_levels(faults) -%}
    {%- do note_faulty_split(faults) -%}
    {%- do note_faulty_bits(faults) -%}
    {%- do note_faulty_places(faults) -%}
    {%- set formats = var('accepted_formats') -%}
    {%- if formats is string or formats is mapping or formats is not sequence or formats | length == 0 -%}
        {%- do faults.append("var accepted_formats must be a list of image formats such as [jpeg, png], not " ~ formats) -%}
    {%- else -%}
        {%- for name in formats if name not in format_names() -%}
            {%- do faults.append("var accepted_formats may list " ~ format_names().keys() | join(', ') ~ ", not " ~ name) -%}
        {%- endfor -%}
    {%- endif -%}
    {%- for name in ['near_duplicates', 'stratified_split', 'sqlserver_bit_count'] if var(name) is not boolean -%}
        {%- do faults.append("var " ~ name ~ " must be true or false, not " ~ var(name) ~ quotes_remedy(var(name))) -%}
    {%- endfor -%}
    {%- if faults -%}
        {{ exceptions.raise_compiler_error(faults | join('\n')) }}
    {%- endif -%}
{%- endmacro %}

{% macro note_faulty_levels(faults) -%}
    {%- set levels = var('hash_levels') -%}
    {%- if levels is string or levels is mapping or levels is not sequence or levels | length == 0 -%}
        {%- do faults.append("var hash_levels must be a list of levels such as [8, 7, 6], not " ~ levels) -%}
        {{ return('') }}
    {%- endif -%}
    {%- set sound = levels | select('integer') | select('ge', 1) | select('le', 8) | unique | list -%}
    {%- if sound | length < levels | length -%}
        {%- do faults.append("var hash_levels must name levels from 1 to 8, each once, not " ~ levels) -%}
    {%- endif -%}
    {%- set level = var('hash_level') -%}
    {%- if level is not integer or level not in levels -%}
        {%- do faults.append("var hash_level is " ~ level ~ ", which is not one of hash_levels " ~ levels ~ quotes_remedy(level)) -%}
    {%- endif -%}
{%- endmacro %}

{% macro note_faulty_split(faults) -%}
    {%- set share = var('train_share') -%}
    {#- Written in this way, the condition also refuses NaN. -#}
    {%- if share is not number or share is boolean or not (share >= 0 and share <= 1) -%}
        {%- do faults.append("var train_share must be a number from 0 to 1, not " ~ share ~ quotes_remedy(share)) -%}
    {%- endif -%}
    {%- set seed = var('split_seed') | string -%}
    {%- if not modules.re.fullmatch('[A-Za-z0-9 _.-]+', seed) -%}
        {%- do faults.append("var split_seed may hold ASCII letters, digits, space, '_', '.' and '-' only, not '" ~ seed ~ "': other text has another digest on other engines") -%}
    {%- endif -%}
{%- endmacro %}

{% macro note_faulty_bits(faults) -%}
    {%- for name in ['near_duplicate_bits', 'copy_bits', 'bold_bits', 'bold_bits6', 'mirrored_bits', 'chain_bits', 'cross_artist_bits', 'flat_bits'] if bits_fault(name) -%}
        {%- do faults.append(bits_fault(name)) -%}
    {%- endfor -%}
    {#- split_leakage compares each hash once for all of its artists, so what is near across artists
        must also be near within one. -#}
    {%- if not bits_fault('cross_artist_bits') and not bits_fault('near_duplicate_bits') and var('cross_artist_bits') > var('near_duplicate_bits') -%}
        {%- do faults.append("var cross_artist_bits (" ~ var('cross_artist_bits') ~ ") must not be above near_duplicate_bits (" ~ var('near_duplicate_bits') ~ ")") -%}
    {%- endif -%}
    {%- set inliers = var('weak_inliers') -%}
    {%- if inliers is not integer or inliers < 0 -%}
        {%- do faults.append("var weak_inliers must be a whole number from 0, not " ~ inliers ~ quotes_remedy(inliers)) -%}
    {%- endif -%}
{%- endmacro %}

{% macro note_faulty_places(faults) -%}
    {#- The name becomes part of SQL statements, so quotes and brackets are not allowed. -#}
    {%- for name in ['paintings_database', 'paintings_schema', 'paintings_table', 'paintings_model'] -%}
        {%- set what = name.removeprefix('paintings_') -%}
        {%- if var(name) is not string or not modules.re.fullmatch('[\\w $#@.-]{' ~ ('1' if what == 'table' else '0') ~ ',128}', var(name)) -%}
            {%- do faults.append("var " ~ name ~ " must be the name of a " ~ what ~ " (letters, digits, space and _ $ # @ . -), not '" ~ var(name) ~ "'") -%}
        {%- endif -%}
    {%- endfor -%}
    {%- for name in ['images_container', 'images_prefix', 'images_manifest', 'images_contact'] if var(name) is not string -%}
        {%- do faults.append("var " ~ name ~ " must be text, not " ~ var(name) ~ ". Put it in quotes") -%}
    {%- endfor -%}
    {%- if var('paintings_file') is not string or '\0' in var('paintings_file') -%}
        {%- do faults.append("var paintings_file must be the name of a file, not " ~ var('paintings_file')) -%}
    {%- endif -%}
    {%- if var('paintings_encoding') is not string or var('paintings_encoding') | lower not in csv_encodings() -%}
        {%- do faults.append("var paintings_encoding must be one of " ~ csv_encodings().keys() | join(', ') ~ ", not " ~ var('paintings_encoding')) -%}
    {%- endif -%}
{%- endmacro %}
