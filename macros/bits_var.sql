{% macro bits_var(name) -%}
    {%- set most = {'near_duplicate_bits': 128, 'copy_bits': 128, 'bold_bits': 128, 'bold_bits6': 72, 'mirrored_bits': 120, 'chain_bits': 128, 'cross_artist_bits': 32, 'flat_bits': 64}[name] -%}
    {%- set bits = var(name) -%}
    {%- if bits is not integer or bits < 0 or bits > most -%}
        {{ exceptions.raise_compiler_error("var " ~ name ~ " must be a whole number from 0 to " ~ most ~ ", not " ~ bits ~ quotes_remedy(bits)) }}
    {%- endif -%}
    {{ return(bits) }}
{%- endmacro %}
