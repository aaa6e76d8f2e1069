{% macro is_unseen(code) -%}
    {%- set ranges = unseen_characters('white space') + unseen_characters('invisible') + [[768, 879]] -%}
    {%- for first, last in ranges if [first, last] != [32, 32] -%}
    {{ ' or ' if not loop.first }}{{ code }} between {{ first }} and {{ last }}
    {%- endfor -%}
{%- endmacro %}
