"""Carry T-SQL over to DuckDB.

sqlglot translates; what it cannot, a few rewrites below do. What T-SQL means is kept, with these
exceptions, which a run on DuckDB cannot show:

- collation: BIN2 compares UTF-16 units, here code points; a column without COLLATE follows the
  database, which is to have `CASE_DOES_NOT_COUNT`, but trailing blanks count unless `=` compares;
- lengths: a cast to nvarchar(n) does not cut, and characters beyond the BMP count once, not twice;
- types: text is one type, nvarchar and varchar alike, and counts are never too large for an int;
- numbers as text: the table holds text or int, so that the style of convert() plays no part, and
  what counts as a number is up to DuckDB's parser of numbers;
- the digest: that hashbytes() of varchar has the bytes of md5() is taken as given, as are the
  order of the bytes of a uniqueidentifier and that varbinary becomes bigint with the first byte
  highest.
"""

from __future__ import annotations

import re

from sqlglot import ErrorLevel, exp, parse_one

CASE_DOES_NOT_COUNT = "set default_collation = 'nocase'"
"""Compares text without COLLATE as SQL Server does it by default."""

_GUID, _GUID_IN_DUCKDB = "^" + "(..)" * 8, r"\4\3\2\1\6\5\8\7"
_LIKE_OTHER_THAN = re.compile(r"%\[\^[^]]+\]%")


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
            text = _filled(node.this) if isinstance(node.parent, exp.EQ) else node.this
            name = "C" if node.expression.name.endswith("_BIN2") else "nocase"
            rewritten = exp.Collate(this=exp.paren(text), expression=exp.var(name))
        # DuckDB's word for it is CROSS JOIN LATERAL; sqlglot writes INNER JOIN, which needs an ON.
        case exp.Join(this=exp.Lateral(args={"cross_apply": True}) as applied):
            rewritten = exp.Join(this=exp.Lateral(this=applied.this, alias=applied.args["alias"]))
            rewritten.set("kind", "CROSS")
        case exp.National():
            rewritten = exp.Literal.string(node.name)
        # The last eight bytes of a GUID: here bits, as many as a bigint has.
        case exp.Substring(this=exp.Cast(to=exp.DataType(this=exp.DType.VARBINARY)) as guid):
            digits = exp.Substring(this=guid.this.this, start=exp.Literal.number(20))
            number = exp.DPipe(this=exp.Literal.string("0x"), expression=_without_dashes(digits))
            rewritten = exp.cast(exp.TryCast(this=number, to=exp.DType.UBIGINT.into_expr()), "bit")
        # A digest as a GUID; DuckDB's uuid has the bytes in the order of its digits.
        case exp.Cast(this=exp.MD5() as digest, to=exp.DataType(this=exp.DType.UUID)):
            turned = (exp.Literal.string(part) for part in (_GUID, _GUID_IN_DUCKDB))
            rewritten = exp.cast(exp.RegexpReplace.from_arg_list([digest, *turned]), "uuid")
        # Of whole numbers, as everywhere here but for the fraction that a digest becomes.
        case exp.Div() if not node.find(exp.MD5):
            rewritten = exp.IntDiv(this=node.left, expression=node.right)
        case exp.DataType(expressions=[exp.DataTypeParam(this=exp.Var())]):  # varchar(max)
            rewritten = exp.DType.TEXT.into_expr()
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


def _filled(text: exp.Expr) -> exp.Expr:
    """As T-SQL compares it: the shorter of two texts is filled with blanks."""
    return exp.Trim(this=text, expression=exp.Literal.string(" "), position="TRAILING")


def _without_dashes(text: exp.Expr) -> exp.Expr:
    return exp.Replace(
        this=text, expression=exp.Literal.string("-"), replacement=exp.Literal.string("")
    )


def _is_text(node: exp.Expr) -> bool:
    return (
        node.is_string
        or isinstance(node, exp.Chr | exp.DPipe | exp.Repeat)
        or (isinstance(node, exp.Cast) and node.to.this in exp.DataType.TEXT_TYPES)
    )
