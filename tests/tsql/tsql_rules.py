"""What SQL Server refuses, or takes otherwise than meant, though its parser lets it pass.

Each rule reads one query, the body of a view, and yields what it finds.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from itertools import pairwise

from sqlglot import exp, parse_one, tokenize
from sqlglot.tokens import Token, TokenType

# A parser takes any name before a parenthesis for a function; these exist in SQL Server 2017.
FUNCTIONS = {
    *(
        "cast",
        "charindex",
        "coalesce",
        "concat",
        "concat_ws",
        "convert",
        "count",
        "count_big",
        "first_value",
        "floor",
        "min",
    ),
    *("hashbytes", "left", "len", "lower", "max", "nchar", "nullif", "replace", "row_number"),
    *("replicate", "right", "string_agg", "stuff", "substring", "sum", "translate", "trim"),
    *("try_cast", "unicode"),
}
# Other words that stand before a parenthesis.
WORDS = {
    *(
        "and",
        "apply",
        "as",
        "by",
        "else",
        "exists",
        "from",
        "group",
        "in",
        "join",
        "nvarchar",
        "not",
        "on",
        "or",
    ),
    *("over", "select", "then", "union", "values", "varbinary", "varchar"),
    *("when", "where"),
}
NEEDS_ORDER = (exp.RowNumber, exp.FirstValue)
COMBINES = (exp.Coalesce, exp.EQ, exp.NEQ, exp.GT, exp.GTE, exp.LT, exp.LTE, exp.Add)


@dataclass(frozen=True)
class Parsed:
    """One query in the three forms that rules look at."""

    sql: str
    tokens: list[Token]
    tree: exp.Expr


Rule = Callable[[Parsed], Iterator[str]]


@cache
def parse(sql: str) -> Parsed:
    return Parsed(sql, list(tokenize(sql, read="tsql")), parse_one(sql, read="tsql"))


def _no_token(kind: TokenType) -> Rule:
    def rule(query: Parsed) -> Iterator[str]:
        return (f"line {token.line}" for token in query.tokens if token.token_type == kind)

    return rule


def only_ascii(query: Parsed) -> Iterator[str]:
    """The adapter sends EXEC('…') without N, so that other characters may turn into '?'."""
    return (character for character in query.sql if not character.isascii())


def no_double_quoted_text(query: Parsed) -> Iterator[str]:
    """In double quotes stands a name; ours need quotes in names of relations only."""
    for index, token in enumerate(query.tokens):
        neighbours = query.tokens[max(index - 1, 0) : index + 2]
        is_relation = any(other.token_type == TokenType.DOT for other in neighbours)
        if query.sql[token.start] == '"' and not is_relation:
            yield token.text


def known_functions(query: Parsed) -> Iterator[str]:
    """No function of another engine; after AS stands an alias with its columns."""
    previous = None
    for token, after in pairwise(query.tokens):
        word = token.text.lower()
        is_called = after.token_type == TokenType.L_PAREN and word.isidentifier()
        is_alias = previous is not None and previous.token_type == TokenType.ALIAS
        if is_called and not is_alias and word not in FUNCTIONS | WORDS:
            yield word
        previous = token


def no_using(query: Parsed) -> Iterator[str]:
    return (join.sql() for join in query.tree.find_all(exp.Join) if join.args.get("using"))


def no_group_by_number(query: Parsed) -> Iterator[str]:
    """A number is a constant there, which SQL Server refuses to group by."""
    for group in query.tree.find_all(exp.Group):
        yield from (key.sql() for key in group.expressions if isinstance(key, exp.Literal))


def no_order_without_top(query: Parsed) -> Iterator[str]:
    """Views, CTEs and subqueries have no order; the one inside a window is another node."""
    for select in query.tree.find_all(exp.Query):
        # TOP is read as a limit.
        if select.args.get("order") and not (select.args.get("limit") or select.args.get("offset")):
            yield select.args["order"].sql()


def no_nested_with(query: Parsed) -> Iterator[str]:
    for clause in query.tree.find_all(exp.With):
        if clause.parent is not query.tree:
            yield clause.sql()


def no_int_count(query: Parsed) -> Iterator[str]:
    """count() is an int on SQL Server; the macro count_big is a bigint everywhere."""
    return (count.sql() for count in query.tree.find_all(exp.Count) if not count.args["big_int"])


def named_columns(query: Parsed) -> Iterator[str]:
    """Each column of a view, a CTE and a derived table needs a name."""
    for select in query.tree.find_all(exp.Select):
        parent = select.parent
        is_table = isinstance(parent, exp.CTE) or (
            isinstance(parent, exp.Subquery) and isinstance(parent.parent, exp.From | exp.Join)
        )
        if parent is None or is_table:
            for column in select.expressions:
                if not isinstance(column, exp.Alias | exp.Column | exp.Star):
                    yield column.sql()


def ordered_windows(query: Parsed) -> Iterator[str]:
    """SQL Server wants an ORDER BY where other engines take any row for the first."""
    for window in query.tree.find_all(exp.Window):
        if isinstance(window.this, NEEDS_ORDER) and not window.args.get("order"):
            yield window.sql()


def one_collation(query: Parsed) -> Iterator[str]:
    """A column collated in a CTE meets a column of another relation, neither collated there.

    On SQL Server that is a conflict of collations, unless the database has the one of the CTE.
    """
    collated = {
        (cte.alias, column.alias)
        for cte in query.tree.find_all(exp.CTE)
        for column in cte.this.selects
        if isinstance(column, exp.Alias) and isinstance(column.this, exp.Collate)
    }
    for node in query.tree.find_all(*COMBINES):
        operands = list(node.iter_expressions())
        columns = {(o.table, o.name) for o in operands if isinstance(o, exp.Column)}
        is_collated = any(isinstance(operand, exp.Collate) for operand in operands)
        if columns & collated and columns - collated and not is_collated:
            yield node.sql()


def exact_patterns(query: Parsed) -> Iterator[str]:
    """LIKE goes by a collation: under that of most databases, a full-width j is a j."""
    exact = {
        (cte.alias, column.alias)
        for cte in query.tree.find_all(exp.CTE)
        for column in cte.this.selects
        if _is_exact(column)
    }
    for like in query.tree.find_all(exp.Like):
        select = like.find_ancestor(exp.Select)
        sources = {table.alias_or_name for table in select.find_all(exp.Table)} if select else set()
        columns = {(source, c.name) for c in like.this.find_all(exp.Column) for source in sources}
        if not _is_exact(like.this) and not columns & exact:
            yield like.sql()


def units_to_the_last(query: Parsed) -> Iterator[str]:
    """Units are counted by BIN2: under some collations, a text has fewer characters than units."""
    for select in query.tree.find_all(exp.Select):
        if any(column.find(exp.Unicode) for column in select.expressions):
            lengths = select.find_all(exp.Length)
            yield from (length.sql() for length in lengths if not _is_exact(length.this))


def _is_exact(text: exp.Expr) -> bool:
    """Whether it is collated, and outermost by the numbers of characters."""
    collate = text.find(exp.Collate)
    return collate is not None and collate.expression.name.endswith("_BIN2")


RULES: dict[str, Rule] = {
    "cast by ::": _no_token(TokenType.DCOLON),
    "||": _no_token(TokenType.DPIPE),
    "true": _no_token(TokenType.TRUE),
    "false": _no_token(TokenType.FALSE),
    "boolean": _no_token(TokenType.BOOLEAN),
    "limit": _no_token(TokenType.LIMIT),
    "text beyond ASCII": only_ascii,
    "text in double quotes": no_double_quoted_text,
    "function of another engine": known_functions,
    "using": no_using,
    "group by a number": no_group_by_number,
    "order by without top": no_order_without_top,
    "with inside a query": no_nested_with,
    "count() as int": no_int_count,
    "column without a name": named_columns,
    "window without order": ordered_windows,
    "two collations": one_collation,
    "like by a collation": exact_patterns,
    "length by a collation": units_to_the_last,
}
