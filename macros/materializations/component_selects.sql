{#- The selects of the materialization `connected_components`: plain SQL for every engine. -#}

{% macro neighbours_taken(links, columns) -%}
{%- set graph, node, label = columns -%}
with both_ways as (

    select
        {{ graph }},
        {{ node }},
        {{ label }}
    from {{ links }} as links
    where {{ node }} <> {{ label }}

    union all

    select
        {{ graph }},
        {{ label }} as {{ node }},
        {{ node }} as {{ label }}
    from {{ links }} as links
    where {{ node }} <> {{ label }}

),

smallest as (

    select
        {{ graph }},
        {{ node }},
        min({{ label }}) as {{ label }}
    from both_ways
    group by {{ graph }}, {{ node }}

),

taken as (

    select
        smallest.{{ graph }},
        smallest.{{ node }},
        case
            when
                onward.{{ label }} = smallest.{{ node }}
                and smallest.{{ node }} < smallest.{{ label }}
                then smallest.{{ node }}
            else smallest.{{ label }}
        end as {{ label }}
    from smallest
    inner join smallest as onward
        on
            smallest.{{ graph }} = onward.{{ graph }}
            and smallest.{{ label }} = onward.{{ node }}

)

select * from taken
{%- endmacro %}

{% macro labels_on_the_way(labels, columns) -%}
{%- set graph, node, label = columns -%}
select labels.{{ node }}
from {{ labels }} as labels
inner join {{ labels }} as onward
    on
        labels.{{ graph }} = onward.{{ graph }}
        and labels.{{ label }} = onward.{{ node }}
where onward.{{ label }} <> onward.{{ node }}
{%- endmacro %}

{% macro component_rows(query) -%}
select {{ count_big('*') }} as Found
from (
    {{ query }}
) as found
{%- endmacro %}

{% macro labels_followed(labels, onward, columns) -%}
{%- set graph, node, label = columns -%}
{%- if onward is none -%}
select
    {{ graph }},
    {{ node }},
    {{ label }}
from {{ labels }} as labels
{%- else -%}
select
    labels.{{ graph }},
    labels.{{ node }},
    coalesce(onward.{{ label }}, labels.{{ label }}) as {{ label }}
from {{ labels }} as labels
left join {{ onward }} as onward
    on
        labels.{{ graph }} = onward.{{ graph }}
        and labels.{{ label }} = onward.{{ node }}
{%- endif -%}
{%- endmacro %}

{#- Every node has a label. These are outer joins because DuckDB may otherwise join all labels of a
    graph with each other first. -#}
{% macro links_left(links, labels, columns) -%}
{%- set graph, node, label = columns -%}
select distinct
    links.{{ graph }},
    case when one.{{ label }} < other.{{ label }} then one.{{ label }} else other.{{ label }} end as {{ node }},
    case when one.{{ label }} < other.{{ label }} then other.{{ label }} else one.{{ label }} end as {{ label }}
from {{ links }} as links
left join {{ labels }} as one
    on
        links.{{ graph }} = one.{{ graph }}
        and links.{{ node }} = one.{{ node }}
left join {{ labels }} as other
    on
        links.{{ graph }} = other.{{ graph }}
        and links.{{ label }} = other.{{ node }}
where one.{{ label }} <> other.{{ label }}
{%- endmacro %}
