{% macro link_steps() -%}
    {{ return(['same', 'copy', 'match', 'mirrored', 'close', 'near', 'bold', 'weak match']) }}
{%- endmacro %}

{% macro link_step(strength) -%}
    case {{ strength }}
        {%- for one in link_steps() %}
        when '{{ one }}' then {{ loop.index }}
        {%- endfor %}
    end
{%- endmacro %}
