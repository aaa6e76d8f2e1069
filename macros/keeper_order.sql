{% macro keeper_order() -%}
    coalesce(Width, 0) desc,
    coalesce(Height, 0) desc,
    {{ exact_text('URL') }},
    {{ exact_text('Artist') }},
    case when ArtistNumber is null then 0 else 1 end,
    ArtistNumber,
    {{ exact_text("coalesce(EncodingFormat, '')") }},
    {{ exact_text("coalesce(Name, '')") }}
    {%- for level in var('hash_levels') %},
    {{ exact_text("coalesce(DHashHex" ~ level ~ ", '')") }}
    {%- endfor %}
{%- endmacro %}
