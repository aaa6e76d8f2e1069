{#- Stop before any work when a var of the project cannot be what it should be. -#}
{% macro check_vars() -%}
    {%- set levels = var('hash_levels') -%}
    {%- if levels is string or levels is not sequence or levels | length == 0 -%}
        {{ exceptions.raise_compiler_error("var hash_levels must be a list of dHash sizes such as [8, 7, 6], not " ~ levels) }}
    {%- endif -%}
    {%- if var('hash_level') not in levels -%}
        {{ exceptions.raise_compiler_error("var hash_level is " ~ var('hash_level') ~ ", which is not one of hash_levels " ~ levels) }}
    {%- endif -%}
    {%- set share = var('train_share') -%}
    {%- if share is not number or share < 0 or share > 1 -%}
        {{ exceptions.raise_compiler_error("var train_share must be a number from 0 to 1, not " ~ share) }}
    {%- endif -%}
    {%- set seed = var('split_seed') | string -%}
    {%- if not modules.re.fullmatch('[A-Za-z0-9 _.-]+', seed) -%}
        {{ exceptions.raise_compiler_error("var split_seed may hold ASCII letters, digits, space, '_', '.' and '-' only, not '" ~ seed ~ "': other text has another digest on other engines") }}
    {%- endif -%}
    {%- for name, most in {'near_duplicate_bits': 128, 'bold_bits': 128, 'bold_bits6': 72, 'chain_bits': 128, 'cross_artist_bits': 32, 'flat_bits': 64}.items() -%}
        {%- set bits = var(name) -%}
        {%- if bits is not integer or bits < 0 or bits > most -%}
            {{ exceptions.raise_compiler_error("var " ~ name ~ " must be a whole number from 0 to " ~ most ~ ", not " ~ bits) }}
        {%- endif -%}
    {%- endfor -%}
    {#- Hashes that several artists have are looked at once, so what is near across artists must be within one. -#}
    {%- if var('cross_artist_bits') > var('near_duplicate_bits') -%}
        {{ exceptions.raise_compiler_error("var cross_artist_bits (" ~ var('cross_artist_bits') ~ ") must not be above near_duplicate_bits (" ~ var('near_duplicate_bits') ~ ")") }}
    {%- endif -%}
    {%- for name in ['stratified_split', 'sqlserver_bit_count'] -%}
        {%- if var(name) is not boolean -%}
            {{ exceptions.raise_compiler_error("var " ~ name ~ " must be true or false, not " ~ var(name)) }}
        {%- endif -%}
    {%- endfor -%}
{%- endmacro %}
