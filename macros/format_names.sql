{% macro format_names() -%}
    {{ return({
        'jpeg': ['jpeg', 'jpg', 'jpe', 'jfif', 'jif', 'jfi', 'pjpeg', 'pjp', 'mpo'],
        'png': ['png', 'apng', 'vnd.mozilla.apng'],
        'gif': ['gif'],
        'bmp': ['bmp', 'dib', 'ms-bmp', 'windows-bmp', 'win-bitmap'],
    }) }}
{%- endmacro %}
