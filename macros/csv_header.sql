{% macro csv_header(file, lines) -%}
    {%- set first = run_query(
        "select Number, Line from " ~ lines ~ " where Line is null or trim(Line, ' ' || chr(9)) <> '' order by Number limit 2"
    ).rows | list -%}
    {%- set candidates = [',', ';', '\t', '|'] -%}
    {%- set separator = modules.re.fullmatch('"?sep=([,;|\t])"?', (first[0][1] or '').strip(' '), modules.re.IGNORECASE) if first else none -%}
    {%- if separator -%}
        {%- set candidates = [separator.group(1)] -%}
        {%- set first = first[1:] -%}
    {%- endif -%}
    {%- set number, line = (first[0][0], first[0][1]) if first else (0, '') -%}
    {%- if line is none or '\0' in line -%}
        {{ exceptions.raise_compiler_error("paintings_file '" ~ file ~ "': the first line is not text in this encoding. Save the file as UTF-8, or name its encoding: dbt build --vars '{paintings_file: my.csv, paintings_encoding: cp1252}'. Known are " ~ csv_encodings().keys() | join(', ')) }}
    {%- endif -%}
    {%- set columns = painting_columns() | map('lower') | list -%}
    {%- set best = namespace(names=[], delimiter=',', hits=-1) -%}
    {%- for delimiter in candidates -%}
        {%- set mark = modules.re.escape(delimiter) -%}
        {%- set names = [] -%}
        {%- for field in modules.re.findall(mark ~ '("(?:[^"]++|"")*+"|[^"' ~ mark ~ '][^' ~ mark ~ ']*+|)', delimiter ~ line) -%}
            {%- set name = field[1:-1].replace('""', '"') if field.startswith('"') else field -%}
            {%- set name = modules.re.sub('[' ~ pattern_characters('invisible') ~ ']', '', name) -%}
            {%- set name = modules.re.sub('[' ~ pattern_characters('white space') ~ ']+', ' ', name) -%}
            {%- do names.append(name.strip()) -%}
        {%- endfor -%}
        {%- set hits = columns | select('in', names | map('lower') | list) | list | length -%}
        {%- if hits > best.hits -%}
            {%- set best.names, best.delimiter, best.hits = names, delimiter, hits -%}
        {%- endif -%}
    {%- endfor -%}
    {%- do check_columns(file, best.names) -%}
    {{ return({'line': number, 'delimiter': best.delimiter, 'names': best.names | map('lower') | list}) }}
{%- endmacro %}

{% macro pattern_characters(kind) -%}
    {%- set found = [] -%}
    {%- for first, last in unseen_characters(kind) -%}
        {%- do found.append('\\U%08x-\\U%08x' % (first, last)) -%}
    {%- endfor -%}
    {{ return(found | join('')) }}
{%- endmacro %}

{% macro check_columns(file, names) -%}
    {%- set missing = [] -%}
    {%- set twice = [] -%}
    {%- set known = names | map('lower') | list -%}
    {%- for column in painting_columns() -%}
        {%- set count = known | select('equalto', column.lower()) | list | length -%}
        {%- if count == 0 -%}{%- do missing.append(column) -%}{%- endif -%}
        {%- if count > 1 -%}{%- do twice.append(column) -%}{%- endif -%}
    {%- endfor -%}
    {%- for column in measured_columns() if known | select('equalto', column.lower()) | list | length > 1 -%}
        {%- do twice.append(column) -%}
    {%- endfor -%}
    {#- An untrusted header must not control the terminal. If there is no header, the first row is
        in its place, and its URL may contain a password. -#}
    {%- set shown = [] -%}
    {%- for name in names -%}
        {%- do shown.append('(no name of a column)' if modules.re.search('[:@/=?&%]', name) else name) -%}
    {%- endfor -%}
    {%- set found = modules.re.sub('[\x00-\x1f\x7f-\x9f]', '?', shown | join(', '))[:1000] or 'empty' -%}
    {%- set place, must = ('columns', 'It must have') if file.lower().endswith('.parquet') else ('first line', 'The first line must name') -%}
    {%- set rest = " (its " ~ place ~ ": " ~ found ~ "). " ~ must ~ " the columns " ~ painting_columns() | join(', ') ~ ", each once." -%}
    {%- if missing -%}
        {{ exceptions.raise_compiler_error("paintings_file '" ~ file ~ "' has no column " ~ missing | join(', ') ~ rest) }}
    {%- endif -%}
    {%- if twice -%}
        {{ exceptions.raise_compiler_error("paintings_file '" ~ file ~ "' has more than one column " ~ twice | join(', ') ~ rest) }}
    {%- endif -%}
{%- endmacro %}
