{#- Most formats have their plain name, which the first test finds fast. For the others, a bar marks
    where the name begins, after what may precede it, and a semicolon where it ends. -#}
{% macro is_accepted_format(column) -%}
    {%- set marked = namespace(text=dbt.concat(["'|'", exact_text(column), "';'"])) -%}
    {%- for before, after in [(' ;', ';'), ('|image/', '|'), ('|.', '|'), ('|x-', '|'), ('| ', '|')] -%}
        {%- set marked.text = "replace(" ~ marked.text ~ ", '" ~ before ~ "', '" ~ after ~ "')" -%}
    {%- endfor -%}
    {%- set names = [] -%}
    {%- for format in var('accepted_formats') -%}
        {%- do names.extend(format_names()[format]) -%}
    {%- endfor -%}
    case
        when {{ exact_text(column) }} in ('{{ var("accepted_formats") | join("', '") }}') then 1
        when left({{ marked.text }}, {{ dbt.position("';'", marked.text) | trim }}) in ('|{{ names | join(";', '|") }};') then 1
        else 0
    end
{%- endmacro %}
