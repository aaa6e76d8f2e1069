"""The file of verdicts."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from paintings_dedupe.review.verdicts import (
    HEADER,
    Judgement,
    Side,
    Verdict,
    VerdictsError,
    parse_verdicts,
    read_verdicts,
    verdicts_text,
)

HEAD = ",".join(HEADER) + "\n"
ONE, TWO = "0" * 31 + "1", "0" * 31 + "2"
# All that a file of UTF-8 can hold, with what CSV treats apart more often than others.
TEXT = st.text(
    st.characters(exclude_categories=["Cs"]) | st.sampled_from(',"\r\n\0=\u2028\ufeff'), max_size=8
)
# dbt reads null as empty, so that no artist of a verdict is called so.
ARTIST = TEXT.filter(lambda text: text.strip().lower() not in ("", "null")) | st.just(" ")
SIDES = st.builds(
    Side,
    ARTIST,
    st.sampled_from([ONE, TWO, "f" * 32]),
    TEXT,
) | st.builds(Side, ARTIST, st.just(""), TEXT.filter(bool))
SINGLE = st.builds(
    Verdict, st.sampled_from([Judgement.DROP, Judgement.WRONG_ARTIST]), SIDES, st.none(), TEXT
)
PAIR = st.builds(
    Verdict, st.sampled_from([Judgement.SAME, Judgement.DIFFERENT]), SIDES, SIDES, TEXT
).filter(lambda verdict: verdict.image != verdict.other)


def target(verdict: Verdict) -> tuple[object, ...]:
    ordered = verdict.in_order()
    return ordered.image, ordered.other, verdict.judgement is Judgement.WRONG_ARTIST


@given(st.lists(SINGLE | PAIR, unique_by=target, max_size=6))
def test_what_is_written_is_read(verdicts: list[Verdict]) -> None:
    """Whatever the texts are; and what was read is written as it was."""
    text = verdicts_text(verdicts)
    read = parse_verdicts(text, "file")
    assert set(read) == {verdict.in_order() for verdict in verdicts}
    assert verdicts_text(read) == text
    assert verdicts_text(reversed(read)) == text


def test_rows_are_sorted_by_code_points_and_each_pair_has_one_order() -> None:
    """U+1F600 comes after U+FB01, though its first unit of UTF-16 comes before."""
    first, last = Side("\ufb01", ONE, "b"), Side("\U0001f600", ONE, "a")
    text = verdicts_text(
        [
            Verdict(Judgement.DROP, last),
            Verdict(Judgement.SAME, last, first, "a, b"),
            Verdict(Judgement.DROP, first),
        ]
    )
    assert text == (
        HEAD
        + f"drop,\ufb01,{ONE},b,,,,\n"
        + f'same,\ufb01,{ONE},b,\U0001f600,{ONE},a,"a, b"\n'
        + f"drop,\U0001f600,{ONE},a,,,,\n"
    )


def test_no_verdict_is_the_header_alone(tmp_path: Path) -> None:
    path = tmp_path / "verdicts.csv"
    path.write_text(verdicts_text([]), encoding="utf-8")
    assert path.read_text(encoding="utf-8") == HEAD
    assert read_verdicts(path) == []


def test_what_a_spreadsheet_saved_is_read() -> None:
    """Line ends of Windows, rows in another order, an empty line."""
    text = HEAD + f"drop,B,{ONE},,,,,\n\nsame,B,{ONE},,A,{TWO},,\n"
    read = parse_verdicts(text.replace("\n", "\r\n"), "file")
    assert verdicts_text(read) == HEAD + f"same,A,{TWO},,B,{ONE},,\ndrop,B,{ONE},,,,,\n"


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ("maybe,A,,u,,,,\n", r"line 2: the verdict 'maybe' is none of: same, different, drop, "),
        ("drop,A,,u,,,\n", "line 2: 7 fields instead of 8"),
        ("drop,,,u,,,,\n", "line 2: Artist is empty"),
        ("drop, Null,,u,,,,\n", "line 2: Artist is ' Null', which dbt reads as empty"),
        ("drop,A,xyz,u,,,,\n", "line 2: DHashHex8 is 'xyz' instead of 32 digits"),
        (f"drop,A,{'F' * 32},u,,,,\n", "line 2: DHashHex8 is 'F"),
        ("drop,A,,,,,,\n", "line 2: DHashHex8 and URL are both empty"),
        ("drop,A,,u,B,,,\n", "line 2: 'drop' is said of one image"),
        ("same,A,,u,,,,\n", "line 2: OtherArtist is empty"),
        ("same,A,,u,A,,u,\n", "line 2: both sides are one image"),
        ('drop,A,,"u\n\nv",,,,\ndrop,B,,,,,,\n', "line 5: DHashHex8 and URL"),
        ('drop,A,,"u,,,,\n', "line 2: unexpected end of data. Check the quotes"),
        ("drop,A,,u,,,,\ndrop,A,,u,,,,x\n", "line 3: the same verdict as in line 2"),
        (
            "same,A,,u,B,,v,\ndifferent,B,,v,A,,u,\n",
            "line 3: the verdict is 'different', but 'same' in line 2",
        ),
    ],
)
def test_a_line_that_is_no_verdict_is_named(rows: str, message: str) -> None:
    with pytest.raises(VerdictsError, match=message):
        parse_verdicts(HEAD + rows, "file")


@pytest.mark.parametrize("text", ["", "Verdict,Artist\n", "\n" + HEAD])
def test_another_header_is_refused(text: str) -> None:
    with pytest.raises(VerdictsError, match=r"file, line 1: the header is"):
        parse_verdicts(text, "file")


def test_a_missing_or_binary_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(VerdictsError, match=r"none\.csv does not exist"):
        read_verdicts(tmp_path / "none.csv")
    (tmp_path / "image.csv").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(VerdictsError, match=r"image\.csv cannot be read as UTF-8"):
        read_verdicts(tmp_path / "image.csv")
