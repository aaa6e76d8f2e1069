{% macro check_host() -%}
    {%- if execute and is_host() and is_any_selected() -%}
        {%- do check_dispatch() -%}
        {%- do check_flags() -%}
    {%- endif -%}
{%- endmacro %}

{% macro check_dispatch() -%}
    {{ return(adapter.dispatch('check_dispatch')()) }}
{%- endmacro %}

{% macro default__check_dispatch() -%}
{%- endmacro %}

{#- Of dbt's own macros for these engines, some are replaced by ours. In a host, dbt looks for them in the host
    and in itself alone, unless it is told another order. -#}
{% macro sqlserver__check_dispatch() -%}
    {%- do require_ours(adapter.dispatch('get_where_subquery', 'dbt')) -%}
{%- endmacro %}

{% macro spark__check_dispatch() -%}
    {%- do require_ours(adapter.dispatch('get_empty_schema_sql', 'dbt')) -%}
{%- endmacro %}

{% macro require_ours(found) -%}
    {%- if found.macro.package_name != 'paintings_dedupe' -%}
        {{ exceptions.raise_compiler_error("paintings_dedupe has versions of its own of some of dbt's macros for " ~ target.type ~ ", which dbt does not find. In dbt_project.yml, list the package before dbt: dispatch: [{macro_namespace: dbt, search_order: [" ~ project_name ~ ", paintings_dedupe, dbt]}]") }}
    {%- endif -%}
{%- endmacro %}

{% macro check_flags() -%}
    {{ return(adapter.dispatch('check_flags')()) }}
{%- endmacro %}

{% macro default__check_flags() -%}
{%- endmacro %}

{% macro sqlserver__check_flags() -%}
    {%- set missing = [] -%}
    {%- for name in ['dbt_sqlserver_use_native_string_types', 'dbt_sqlserver_use_dbt_transactions', 'dbt_sqlserver_enable_safe_type_expansion'] -%}
        {#- As `if`, it would make dbt warn of what will become the default. -#}
        {%- if not adapter.behavior[name].no_warn -%}
            {%- do missing.append(name ~ ": true") -%}
        {%- endif -%}
    {%- endfor -%}
    {%- if missing -%}
        {{ exceptions.raise_compiler_error("paintings_dedupe needs these flags of dbt-sqlserver. Add them to dbt_project.yml: flags: {" ~ missing | join(', ') ~ "}") }}
    {%- endif -%}
{%- endmacro %}
