{#- Most formats have their plain name, which the first test finds fast. For the others, a bar marks
    where the name begins, after what may precede it, and a semicolon where it ends. -#}
{% macro is_accepted_format(column) -%}
    {%- set marked = namespace(text=dbt.concat(["'|'", exact_text(column), "';'"])) -%}
    {%- for before, after in [(' ;', ';'), ('|image/', '|'), ('|.', '|'), ('|x-', '|'), ('| ', '|')] -%}
        {%- set marked.text = "replace(" ~ marked.text ~ ", '" ~ before ~ "', '" ~ after ~ "')" -%}
    {%- endfor -%}
    case
        when {{ exact_text(column) }} in ('{{ var("accepted_formats") | join("', '") }}') then 1
        {%- for format in var('accepted_formats') %}
        {%- for name in format_names()[format] %}
        when {{ marked.text }} like '|{{ name }};%' then 1
        {%- endfor %}
        {%- endfor %}
        else 0
    end
{%- endmacro %}
