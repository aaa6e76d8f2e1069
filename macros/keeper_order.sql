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
