{% macro point_out(results) -%}
    {%- if execute and flags.WHICH in ('run', 'build') -%}
        {%- for result in results if result.node.name == 'dedupe_summary' and result.status == 'success' -%}
            {%- set counts -%}
                select RejectedRows, CleanedValues, LostToFormatRows, FlatEliminatedRows, FlatAcrossArtistsRows
                from {{ result.node.relation_name }}
            {%- endset -%}
            {%- set rejected, cleaned, lost, flat, across = run_query(counts).rows[0].values() -%}
            {%- if rejected -%}
                {%- do log(rejected ~ " rows were rejected; rejected_paintings lists the reasons.", info=true) -%}
            {%- endif -%}
            {%- if cleaned -%}
                {%- do log(cleaned ~ " values were cleaned; cleaned_paintings lists them.", info=true) -%}
            {%- endif -%}
            {%- if lost -%}
                {%- do log(
                    lost ~ " paintings are kept in a format that the uploader does not accept, though a copy in an accepted one was dropped; "
                    ~ "version 2 keeps such copies.",
                    info=true
                ) -%}
            {%- endif -%}
            {%- if flat -%}
                {%- do log(
                    flat ~ " images were dropped as duplicates though a hash without structure shows nothing, "
                    ~ across ~ " of them in favour of another artist's; flat_images lists them.",
                    info=true
                ) -%}
            {%- endif -%}
        {%- endfor -%}
    {%- endif -%}
{%- endmacro %}
