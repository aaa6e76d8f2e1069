{% macro check_vars() -%}
    {%- do check_var_names() -%}
    {%- if target.type == 'duckdb' and target.database == 'main' -%}
        {{ exceptions.raise_compiler_error("the DuckDB file is called main, as its first schema is, and DuckDB takes the one name for the other. Give the file another name, such as DUCKDB_PATH=paintings.duckdb") }}
    {%- endif -%}
    {%- set levels = var('hash_levels') -%}
    {%- if levels is string or levels is not sequence or levels | length == 0 -%}
        {{ exceptions.raise_compiler_error("var hash_levels must be a list of dHash sizes such as [8, 7, 6], not " ~ levels) }}
    {%- endif -%}
    {%- for level in levels -%}
        {%- if level is not integer or level < 1 or level > 8 or levels | select('equalto', level) | list | length > 1 -%}
            {{ exceptions.raise_compiler_error("var hash_levels must name dHash sizes from 1 to 8, each once, not " ~ levels) }}
        {%- endif -%}
    {%- endfor -%}
    {%- set level = var('hash_level') -%}
    {%- if level is not integer or level not in levels -%}
        {{ exceptions.raise_compiler_error("var hash_level is " ~ level ~ ", which is not one of hash_levels " ~ levels ~ quotes_remedy(level)) }}
    {%- endif -%}
    {%- set share = var('train_share') -%}
    {#- Written in this way, the condition also refuses NaN. -#}
    {%- if share is not number or share is boolean or not (share >= 0 and share <= 1) -%}
        {{ exceptions.raise_compiler_error("var train_share must be a number from 0 to 1, not " ~ share ~ quotes_remedy(share)) }}
    {%- endif -%}
    {%- set seed = var('split_seed') | string -%}
    {%- if not modules.re.fullmatch('[A-Za-z0-9 _.-]+', seed) -%}
        {{ exceptions.raise_compiler_error("var split_seed may hold ASCII letters, digits, space, '_', '.' and '-' only, not '" ~ seed ~ "': other text has another digest on other engines") }}
    {%- endif -%}
    {%- for name in ['near_duplicate_bits', 'copy_bits', 'bold_bits', 'bold_bits6', 'mirrored_bits', 'chain_bits', 'cross_artist_bits', 'flat_bits'] -%}
        {%- do bits_var(name) -%}
    {%- endfor -%}
    {#- split_leakage compares each hash once for all of its artists, so what is near across artists
        must also be near within one. -#}
    {%- if var('cross_artist_bits') > var('near_duplicate_bits') -%}
        {{ exceptions.raise_compiler_error("var cross_artist_bits (" ~ var('cross_artist_bits') ~ ") must not be above near_duplicate_bits (" ~ var('near_duplicate_bits') ~ ")") }}
    {%- endif -%}
    {%- set inliers = var('weak_inliers') -%}
    {%- if inliers is not integer or inliers is boolean or inliers < 0 -%}
        {{ exceptions.raise_compiler_error("var weak_inliers must be a whole number from 0, not " ~ inliers ~ quotes_remedy(inliers)) }}
    {%- endif -%}
    {%- set formats = var('accepted_formats') -%}
    {%- if formats is string or formats is mapping or formats is not sequence or formats | length == 0 -%}
        {{ exceptions.raise_compiler_error("var accepted_formats must be a list of image formats such as [jpeg, png], not " ~ formats) }}
    {%- endif -%}
    {%- for name in formats if name not in format_names() -%}
        {{ exceptions.raise_compiler_error("var accepted_formats may list " ~ format_names().keys() | join(', ') ~ ", not " ~ name) }}
    {%- endfor -%}
    {%- for name in ['near_duplicates', 'stratified_split', 'sqlserver_bit_count'] -%}
        {%- if var(name) is not boolean -%}
            {{ exceptions.raise_compiler_error("var " ~ name ~ " must be true or false, not " ~ var(name) ~ quotes_remedy(var(name))) }}
        {%- endif -%}
    {%- endfor -%}
    {#- The name becomes part of SQL statements, so quotes and brackets are not allowed. -#}
    {%- for name in ['paintings_database', 'paintings_schema', 'paintings_table', 'paintings_model'] -%}
        {%- set what = name.removeprefix('paintings_') -%}
        {%- if var(name) is not string or not modules.re.fullmatch('[\\w $#@.-]{' ~ ('1' if what == 'table' else '0') ~ ',128}', var(name)) -%}
            {{ exceptions.raise_compiler_error("var " ~ name ~ " must be the name of a " ~ what ~ " (letters, digits, space and _ $ # @ . -), not '" ~ var(name) ~ "'") }}
        {%- endif -%}
    {%- endfor -%}
    {%- for name in ['images_container', 'images_prefix', 'images_manifest', 'images_contact'] if var(name) is not string -%}
        {{ exceptions.raise_compiler_error("var " ~ name ~ " must be text, not " ~ var(name) ~ ". Put it in quotes") }}
    {%- endfor -%}
    {%- if var('paintings_file') is not string or '\0' in var('paintings_file') -%}
        {{ exceptions.raise_compiler_error("var paintings_file must be the name of a file, not " ~ var('paintings_file')) }}
    {%- endif -%}
    {%- if var('paintings_encoding') is not string or var('paintings_encoding') | lower not in csv_encodings() -%}
        {{ exceptions.raise_compiler_error("var paintings_encoding must be one of " ~ csv_encodings().keys() | join(', ') ~ ", not " ~ var('paintings_encoding')) }}
    {%- endif -%}
{%- endmacro %}
