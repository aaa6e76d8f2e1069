{% macro point_out(results) -%}
    {%- if execute and flags.WHICH in ('run', 'build') and is_any_selected() -%}
        {%- for result in results if result.node.name == 'dedupe_summary' and result.node.package_name == 'paintings_dedupe' and result.status == 'success' -%}
            {%- set counts -%}
                select RejectedRows, CleanedValues, LostToFormatRows, FlatEliminatedRows, FlatAcrossArtistsRows, RemovedRows, VerdictConflicts
                from {{ result.node.relation_name }}
            {%- endset -%}
            {%- set rejected, cleaned, lost, flat, across, removed, conflicts = run_query(counts).rows[0].values() -%}
            {%- if rejected -%}
                {%- do log(counted(rejected, "row was", "rows were") ~ " rejected; rejected_paintings lists the reasons.", info=true) -%}
            {%- endif -%}
            {%- if removed -%}
                {%- do log(counted(removed, "row was", "rows were") ~ " taken out of version 2 by reviewers; rejected_paintings lists them.", info=true) -%}
            {%- endif -%}
            {%- if conflicts -%}
                {%- do log(counted(conflicts, "verdict", "verdicts") ~ " of reviewers could not be obeyed; verdict_conflicts lists the reasons.", info=true) -%}
            {%- endif -%}
            {%- if cleaned -%}
                {%- do log(counted(cleaned, "value was", "values were") ~ " cleaned; cleaned_paintings lists them.", info=true) -%}
            {%- endif -%}
            {%- if lost -%}
                {%- do log(
                    counted(lost, "painting is", "paintings are") ~ " kept in a format that the uploader does not accept, though a copy in an accepted one was dropped; "
                    ~ "version 2 keeps such copies.",
                    info=true
                ) -%}
            {%- endif -%}
            {%- if flat -%}
                {%- do log(
                    counted(flat, "image was", "images were") ~ " dropped for an equal hash, though a hash without structure shows nothing, "
                    ~ across ~ " of them in favour of another artist's; flat_images lists them.",
                    info=true
                ) -%}
            {%- endif -%}
        {%- endfor -%}
        {%- do recommend_version_2(results) -%}
        {%- if are_verdicts_outdated() -%}
            {%- do log(
                "The verdicts in seeds/review_verdicts.csv have changed since they were loaded, so the tables do not obey them yet. "
                ~ "Run `dbt build`, or `dbt seed` and then `dbt run`.",
                info=true
            ) -%}
        {%- endif -%}
    {%- endif -%}
{%- endmacro %}
