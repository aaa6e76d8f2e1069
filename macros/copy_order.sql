{%- macro copy_order() -%}
    {%- set detail = 'coalesce(DetailPixels, Width, 0)' -%}
    {{ is_accepted_format('EncodingFormat') }} desc,
    coalesce(IsColour, 1) desc,
    case
        when
            IsColour = 1
            and ColourCount <= 256
            then 1
        else 0
    end,
    case
        {%- for step in range(18) %}
        when {{ detail }} < {{ (64 * 2 ** (step / 2)) | round | int }} then {{ step }}
        {%- endfor %}
        else 18
    end desc,
    case when BorderPercent >= 2 then 1 else 0 end,
    coalesce(IsTurned, 0),
    {{ detail }} desc,
    ImageNumber
{%- endmacro %}
