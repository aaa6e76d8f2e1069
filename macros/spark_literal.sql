{#- Spark puts settings and variables of the environment in place of ${...}, in texts, too. -#}
{% macro spark_literal(value) -%}
    '{{ value | string | replace('\\', '\\\\') | replace("'", "\\'") | replace('${', '$\\{') }}'
{%- endmacro %}
