{#- The characters that cleaning looks for, as ranges of code points. White space: as defined by
    Unicode, and the blank braille pattern. Invisible: control characters, and Unicode's default
    ignorable characters. Above U+FFFF, only DuckDB removes them, because SQL Server stores such a
    character as two units. NUL is not included, because some servers cannot even name it.
    common/text.py has the same lists, and a test compares them. -#}
{% macro unseen_characters(kind) -%}
    {%- set white_space = [
        [9, 13], [32, 32], [133, 133], [160, 160], [5760, 5760], [8192, 8202], [8232, 8233],
        [8239, 8239], [8287, 8287], [10240, 10240], [12288, 12288],
    ] -%}
    {%- set invisible = [
        [1, 8], [14, 31], [127, 132], [134, 159], [173, 173], [847, 847], [1564, 1564],
        [4447, 4448], [6068, 6069], [6155, 6159], [8203, 8207], [8234, 8238], [8288, 8303],
        [12644, 12644], [65024, 65039], [65279, 65279], [65440, 65440], [65520, 65528],
        [113824, 113827], [119155, 119162], [917504, 921599],
    ] -%}
    {{ return({'white space': white_space, 'invisible': invisible}[kind]) }}
{%- endmacro %}
