"""Text that looks the same becomes the same."""

from __future__ import annotations

import re
import sys
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from paintings_dedupe.common.text import INVISIBLE, WHITE_SPACE, clean, clean_url

EVERY_CHARACTER = [chr(code) for code in range(sys.maxunicode + 1)]


def matching(characters: str) -> set[str]:
    return set(re.findall(f"[{characters}]", "".join(EVERY_CHARACTER)))


@pytest.mark.parametrize(
    "text",
    [
        "Claude Monet\u00a0",
        "\ufeffClaude Monet",
        "Claude\u200b Monet",
        "Claude \u200b Monet",
        "Claude  Monet",
        "Claude\u00a0Monet",
        "Claude\u202f\tMonet\r\n",
        "Claude\u3000Monet",
        "\u202aClaude\u2003Monet\u202c",
        "Clau\u00adde Mo\u200dnet",
        "\x1bClaude Monet\x7f",
        "Claude\u2800Monet\u3164",
        "Claude\U000e0001 Monet\U000e007f",
        "C\U0001d173laude Mon\U0001bca0et",
    ],
)
def test_a_name_has_one_spelling(text: str) -> None:
    assert clean(text) == "Claude Monet"


@pytest.mark.parametrize(
    "text",
    [
        "Paul Cézanne",
        "葛飾北斎",
        "O'Keeffe, Georgia",
        "Дейнека",
        "Ἀπελλῆς",
        "a-b_c",
        "\U0001f3a8 x",
        "",
    ],
)
def test_what_is_clean_stays_as_it_is(text: str) -> None:
    assert clean(text) == text


@pytest.mark.parametrize("text", ["", " ", "\u200b", "\u00a0\ufeff\t", "\u2060 \u200d"])
def test_what_shows_nothing_is_nothing(text: str) -> None:
    assert clean(text) == clean_url(text) == ""


def test_letters_and_accents_are_composed() -> None:
    """Also where something invisible stood in between."""
    assert clean("Ce\u0301zanne") == clean("Ce\u200b\u0301zanne") == "C\u00e9zanne"


def test_a_variant_of_a_character_is_that_character() -> None:
    """Katsushika Hokusai, as Japanese programs write him with and without a selector."""
    assert clean("\u845b\U000e0100\u98fe\u5317\u658e") == "\u845b\u98fe\u5317\u658e"


def test_case_and_accents_count() -> None:
    """They are seen, so that telling what is meant is up to a person."""
    assert len({clean(text) for text in ("Monet", "monet", "Mon\u00e9t")}) == 3


def test_an_address_is_trimmed_and_left_alone_within() -> None:
    assert (
        clean_url("\ufeff http://a/b  c\u200b\u00a0d.jpg\u200b \n")
        == "http://a/b  c\u200b\u00a0d.jpg"
    )


def test_white_space_is_what_unicode_calls_so() -> None:
    """Python's own notion, `str.isspace`, has four control characters besides."""
    assert matching(WHITE_SPACE) - {"\u2800"} == {
        character for character in EVERY_CHARACTER if character.isspace()
    } - set("\x1c\x1d\x1e\x1f")


def test_only_what_cannot_be_seen_is_removed() -> None:
    """No letter, digit or sign; all control and format characters but those with a meaning."""
    removed = matching(INVISIBLE)
    assert not removed & matching(WHITE_SPACE)
    controls = {c for c in EVERY_CHARACTER if unicodedata.category(c) == "Cc"}
    assert controls - removed - matching(WHITE_SPACE) == {"\0"}
    # Fillers count as letters, variation selectors and the grapheme joiner as marks.
    others = {c for c in removed if unicodedata.category(c) not in ("Cc", "Cf", "Cn", "Mn")}
    assert others == set("\u115f\u1160\u3164\uffa0")


@given(st.text())
def test_cleaning_twice_changes_nothing_more(text: str) -> None:
    assert clean(clean(text)) == clean(text)
    assert clean_url(clean_url(text)) == clean_url(text)
