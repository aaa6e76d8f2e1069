{#- The order in which the best image comes first. Width and height decide; the other columns only
    make the order total, so that the same rows always give the same result. On every engine, a
    missing value ranks last among sizes and first among the other columns. -#}
{% macro keeper_order() -%}
    coalesce(Width, 0) desc,
    coalesce(Height, 0) desc,
    {{ exact_text('URL') }},
    {{ exact_text('Artist') }},
    coalesce(ArtistNumber, -2147483648),
    {{ exact_text("coalesce(EncodingFormat, '')") }},
    {{ exact_text("coalesce(Name, '')") }}
    {%- for level in var('hash_levels') %},
    {{ exact_text("coalesce(DHashHex" ~ level ~ ", '')") }}
    {%- endfor %}
{%- endmacro %}
