{% macro note_elsewhere(results) -%}
    {%- if execute and flags.WHICH in ('run', 'build', 'seed', 'retry') -%}
        {%- for result in results if result.status == 'success' and result.node.resource_type in ('model', 'seed') and is_elsewhere(result.node) -%}
            {%- if result.node.name == 'unique_paintings' and result.node.package_name == 'paintings_dedupe' -%}
                {%- do run_query(build_record(result.node)) -%}
            {%- elif result.node.unique_id == verdicts_seed().unique_id -%}
                {%- do run_query(verdicts_record()) -%}
            {%- endif -%}
        {%- endfor -%}
    {%- endif -%}
{%- endmacro %}
