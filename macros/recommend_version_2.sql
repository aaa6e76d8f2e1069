{#- Only of tables that this command has built: older ones may be of other rows. -#}
{% macro recommend_version_2(results) -%}
    {%- set built = {} -%}
    {%- for result in results if result.status == 'success' and result.node.package_name == 'paintings_dedupe' and result.node.resource_type == 'model' -%}
        {%- do built.update({result.node.name: result.node.relation_name}) -%}
    {%- endfor -%}
    {%- if built.level_scorecard and built.split_leakage -%}
        {%- set errors = 'SuspectedWrongMerges + CrossArtistMerges + FlatMerges + SuspectedMisses + LeakedPairs' -%}
        {%- set figures -%}
            select
                (select {{ count_big('*') }} from {{ built.split_leakage }} as leaks where ModelVersion = 1) as Leaks,
                (select {{ count_big('*') }} from {{ built.split_leakage }} as leaks where ModelVersion = 2) as LeaksOf2,
                coalesce(sum(case when Level = {{ var('hash_level') }} then {{ errors }} end), 0) as Errors,
                coalesce(sum(case when Level is null then {{ errors }} end), 0) as ErrorsOf2
            from {{ built.level_scorecard }} as scorecard
        {%- endset -%}
        {%- set leaks, leaks_of_2, errors_of_1, errors_of_2 = run_query(figures).rows[0].values() -%}
        {%- if errors_of_2 < errors_of_1 and leaks_of_2 <= leaks -%}
            {%- do log(
                "Version 2 is recommended (python -m uploader --model-version 2): split_leakage lists "
                ~ counted(leaks, "leak", "leaks") ~ " from Train to Test for version 1 and " ~ leaks_of_2 ~ " for version 2, "
                ~ "and level_scorecard suspects " ~ counted(errors_of_1, "error", "errors") ~ " in version 1 and " ~ errors_of_2
                ~ " in version 2.",
                info=true
            ) -%}
        {%- endif -%}
    {%- endif -%}
{%- endmacro %}
