"""Carry T-SQL over to DuckDB.

sqlglot translates; what it cannot, a few rewrites below do. What T-SQL means is kept, with these
exceptions, which a run on DuckDB cannot show:

- collation: a COLLATE is left out, and DuckDB compares text by code point; BIN2 compares UTF-16
  units, and a column without COLLATE would follow the database's own collation;
- lengths: a cast to nvarchar(n) does not cut, and characters beyond the BMP count once, not twice;
- types: text is one type, nvarchar and varchar alike, and counts are never too large for an int;
- numbers as text: the table holds text or int, so that the style of convert() plays no part, and
  what counts as a number is up to DuckDB's parser of numbers;
- the digest: that hashbytes() of varchar has the bytes of md5(), and of nvarchar those of UTF-16
  with the low byte first, is taken as given, as is that varbinary becomes bigint with the first
  byte highest.
"""

from __future__ import annotations

import re

from sqlglot import ErrorLevel, exp, parse_one

_LIKE_OTHER_THAN = re.compile(r"%\[\^[^]]+\]%")
# Text as UTF-16 bytes, low byte first; `text` is to be replaced.
_UTF_16 = r"""
    unhex(regexp_replace(array_to_string(list_transform(regexp_extract_all(text, '(?s).'), c ->
        case when unicode(c) < 65536 then printf('%04x', unicode(c))
        else printf('%04x%04x', 55296 + (unicode(c) - 65536) // 1024, 56320 + unicode(c) % 1024) end
    ), ''), '(..)(..)', '\2\1', 'g'))
"""


def translate(sql: str) -> str:
    """The query for DuckDB; what neither sqlglot nor a rewrite knows fails here or there."""
    tree = parse_one(sql, read="tsql")
    # Inner nodes first, so that each rewrite sees its parts rewritten.
    for node in reversed(list(tree.bfs())):
        rewritten = _rewrite(node)
        if rewritten is not node:
            node.replace(rewritten)
    return tree.sql(dialect="duckdb", unsupported_level=ErrorLevel.RAISE)


def _rewrite(node: exp.Expr) -> exp.Expr:
    """A node in a form that sqlglot writes for DuckDB with the meaning that it has in T-SQL."""
    rewritten = node
    match node:
        case exp.Collate():
            rewritten = node.this
        case exp.National():
            rewritten = exp.Literal.string(node.name)
        # Hexadecimal digits as bytes: here bits, as many as a bigint has.
        case exp.Convert(this=exp.DataType(this=exp.DType.VARBINARY)):
            number = exp.DPipe(this=exp.Literal.string("0x"), expression=node.expression)
            rewritten = exp.cast(exp.TryCast(this=number, to=exp.DType.UBIGINT.into_expr()), "bit")
        case exp.MD5(this=exp.Cast(to=exp.DataType(this=exp.DType.NVARCHAR)) as text):
            utf_16 = parse_one(_UTF_16, read="duckdb").transform(
                lambda part: text.copy() if part == exp.column("text") else part
            )
            rewritten = exp.MD5(this=utf_16)
        # Of whole numbers, as everywhere here but for the fraction that a digest becomes.
        case exp.Div() if not node.find(exp.MD5):
            rewritten = exp.IntDiv(this=node.left, expression=node.right)
        # Given a style, sqlglot takes every value for a date.
        case exp.Convert():
            rewritten = exp.cast(node.expression, "text")
        case exp.Anonymous(name="nchar"):
            rewritten = exp.Chr(expressions=node.expressions)
        case exp.Like(expression=exp.Literal(this=like)) if _LIKE_OTHER_THAN.fullmatch(like):
            found = exp.RegexpLike(this=node.this, expression=exp.Literal.string(like.strip("%")))
            rewritten = exp.Not(this=found) if node.args.get("negate") else found
        case exp.Add() if _is_text(node.left) or _is_text(node.right):
            rewritten = exp.DPipe(this=node.left, expression=node.right)
        # Bytes of a digest as a number; DuckDB's md5() gives two hexadecimal digits a byte.
        case exp.Cast(this=exp.Substring(this=exp.MD5() as digest) as part):
            digits = exp.Substring(
                this=digest,
                start=exp.Literal.number(2 * part.args["start"].to_py() - 1),
                length=exp.Literal.number(2 * part.args["length"].to_py()),
            )
            number = exp.DPipe(this=exp.Literal.string("0x"), expression=digits)
            rewritten = exp.cast(number, node.to)
    return rewritten


def _is_text(node: exp.Expr) -> bool:
    return (
        node.is_string
        or isinstance(node, exp.Chr | exp.DPipe)
        or (isinstance(node, exp.Cast) and node.to.this in exp.DataType.TEXT_TYPES)
    )
