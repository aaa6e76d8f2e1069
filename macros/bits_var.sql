{% macro bits_var(name) -%}
    {%- if bits_fault(name) -%}
        {{ exceptions.raise_compiler_error(bits_fault(name)) }}
    {%- endif -%}
    {{ return(var(name)) }}
{%- endmacro %}

{% macro bits_fault(name) -%}
    {%- set most = {'near_duplicate_bits': 128, 'copy_bits': 128, 'bold_bits': 128, 'bold_bits6': 72, 'mirrored_bits': 120, 'chain_bits': 128, 'cross_artist_bits': 32, 'flat_bits': 64}[name] -%}
    {%- set bits = var(name) -%}
    {%- if bits is not integer or bits < 0 or bits > most -%}
        {{ return("var " ~ name ~ " must be a whole number from 0 to " ~ most ~ ", not " ~ bits ~ quotes_remedy(bits)) }}
    {%- endif -%}
{%- endmacro %}
