"""Clean text that people typed and programs copied, by the rule that the dbt models follow too.

Two names that look the same should be the same: a no-break space, a zero-width space or a byte
order mark is not seen, yet would make a second artist. The macro ``clean_text`` is the same rule.
"""

from __future__ import annotations

import re
import unicodedata

# What Unicode calls white space, and the blank of braille, which looks the same.
WHITE_SPACE = "\t\n\v\f\r \u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u2800\u3000"
# Control characters, and those that Unicode calls default ignorable: soft hyphens, joiners, marks
# of direction, variation selectors (also those of East Asian names), fillers, byte order marks,
# tags. NUL is not among them: some databases cannot even name it.
INVISIBLE = (
    "\u0001-\u0008\u000e-\u001f\u007f-\u0084\u0086-\u009f"
    "\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e"
    "\u2060-\u206f\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufff8"
    "\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff"
)

_WHITE_SPACE = re.compile(f"[{WHITE_SPACE}]+")
_INVISIBLE = re.compile(f"[{INVISIBLE}]+")
_AT_THE_ENDS = re.compile(f"^[{WHITE_SPACE}{INVISIBLE}]+|[{WHITE_SPACE}{INVISIBLE}]+\\Z")
_PLAIN = re.compile("[!-~]+(?: [!-~]+)*")


def clean(text: str) -> str:
    """Return a name, a title or a format without what cannot be seen.

    Invisible characters are removed, each run of white space becomes one space, none stays at the
    ends, and letters with accents are composed (Unicode's form NFC).

    Examples
    --------
    >>> clean(" Claude\\u00a0 Monet\\u200b ")
    'Claude Monet'
    >>> clean("Ce\\u0301zanne") == "C\\u00e9zanne"
    True
    """
    if _PLAIN.fullmatch(text):
        return text
    visible = _WHITE_SPACE.sub(" ", _INVISIBLE.sub("", text))
    return unicodedata.normalize("NFC", visible.strip(" "))


def clean_url(text: str) -> str:
    """Return an address without white space and invisible characters at its ends.

    Within, everything stays: the characters of an address have their meaning for its server.

    Examples
    --------
    >>> clean_url("\\ufeffhttp://host/a b.jpg\\u00a0")
    'http://host/a b.jpg'
    """
    return _AT_THE_ENDS.sub("", text)
