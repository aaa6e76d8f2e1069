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

{#- The next ones are for `keeps_apart`. There, the first column is the place of a link, the firmest first,
    or 0 for a node and its label, or negative for two labels that must stay apart. -#}
{% macro links_allowed(links, columns) -%}
{%- set place, node, label = columns -%}
with apart as (

    select
        {{ node }},
        {{ label }}
    from {{ links }} as links
    where {{ place }} < 0

    union all

    select
        {{ label }} as {{ node }},
        {{ node }} as {{ label }}
    from {{ links }} as links
    where {{ place }} < 0

),

allowed as (

    select
        links.{{ place }},
        links.{{ node }},
        links.{{ label }}
    from {{ links }} as links
    left join apart
        on
            links.{{ place }} > 0
            and links.{{ node }} = apart.{{ node }}
            and links.{{ label }} = apart.{{ label }}
    where
        links.{{ place }} <= 0
        or (
            links.{{ node }} <> links.{{ label }}
            and apart.{{ node }} is null
        )

)

select * from allowed
{%- endmacro %}

{#- A label that nothing must stay apart from takes its firmest link, because nothing can forbid that one,
    whatever is followed before. Otherwise, a link that is the firmest of both its labels is followed. -#}
{% macro firmest_taken(links, columns) -%}
{%- set place, node, label = columns -%}
with both_ways as (

    select
        {{ place }},
        {{ node }},
        {{ label }}
    from {{ links }} as links
    where {{ place }} > 0

    union all

    select
        {{ place }},
        {{ label }} as {{ node }},
        {{ node }} as {{ label }}
    from {{ links }} as links
    where {{ place }} > 0

),

bound as (

    select {{ node }} from {{ links }} as links
    where {{ place }} < 0

    union

    select {{ label }} as {{ node }} from {{ links }} as links
    where {{ place }} < 0

),

firmest as (

    select
        both_ways.{{ node }},
        min(both_ways.{{ place }}) as {{ place }},
        max(case when bound.{{ node }} is null then 0 else 1 end) as IsBound
    from both_ways
    left join bound on both_ways.{{ node }} = bound.{{ node }}
    group by both_ways.{{ node }}

),

taken as (

    select distinct
        cast(0 as bigint) as {{ place }},
        both_ways.{{ node }},
        both_ways.{{ label }}
    from both_ways
    inner join firmest as one
        on
            both_ways.{{ node }} = one.{{ node }}
            and both_ways.{{ place }} = one.{{ place }}
    inner join firmest as other on both_ways.{{ label }} = other.{{ node }}
    where
        case
            -- Of two labels that would take each other, one keeps itself.
            when one.{{ place }} = other.{{ place }} and one.IsBound = other.IsBound
                then case when both_ways.{{ label }} < both_ways.{{ node }} then 1 else 0 end
            else 1 - one.IsBound
        end = 1

)

select * from taken
{%- endmacro %}

{% macro links_joined(links, labels, columns) -%}
{%- set place, node, label = columns -%}
with joined as (

    select
        links.{{ place }},
        case
            when links.{{ place }} = 0 then links.{{ node }}
            else coalesce(one.{{ label }}, links.{{ node }})
        end as {{ node }},
        coalesce(other.{{ label }}, links.{{ label }}) as {{ label }}
    from {{ links }} as links
    left join {{ labels }} as one on links.{{ node }} = one.{{ node }}
    left join {{ labels }} as other on links.{{ label }} = other.{{ node }}

),

ordered as (

    select
        {{ place }},
        case when {{ place }} > 0 and {{ label }} < {{ node }} then {{ label }} else {{ node }} end as {{ node }},
        case when {{ place }} > 0 and {{ label }} < {{ node }} then {{ node }} else {{ label }} end as {{ label }}
    from joined

),

firmest as (

    select
        min({{ place }}) as {{ place }},
        {{ node }},
        {{ label }}
    from ordered
    group by
        {{ node }},
        {{ label }},
        case when {{ place }} > 0 then 1 when {{ place }} = 0 then 0 else -1 end

)

select * from firmest
{%- endmacro %}

{% macro links_to_follow(links, columns) -%}
select links.{{ columns[1] }}
from {{ links }} as links
where links.{{ columns[0] }} > 0
{%- endmacro %}

{% macro nodes_labelled(links, columns) -%}
{%- set place, node, label = columns -%}
select
    {{ place }},
    {{ node }},
    min({{ node }}) over (partition by {{ label }}) as {{ label }}
from {{ links }} as links
where {{ place }} = 0
{%- endmacro %}
