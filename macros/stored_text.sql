{#- Text of at most so many characters, as a model hands it on: in the database's own collation,
    which every other text column of the database has. Comparing is up to `exact_text`. -#}
{% macro stored_text(column, length) -%}
    {{ return(adapter.dispatch('stored_text')(column, length)) }}
{%- endmacro %}

{% macro default__stored_text(column, length) -%}
    cast({{ column }} as nvarchar({{ length }}))
{%- endmacro %}

{% macro sqlserver__stored_text(column, length) -%}
    cast({{ column }} as nvarchar({{ length }})) collate database_default
{%- endmacro %}
