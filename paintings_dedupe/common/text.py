"""Clean text that people typed and programs copied, by the rule that the dbt models follow too.

Names that look the same should be the same: a no-break space, a zero-width space or a byte order
mark cannot be seen, but would create a second artist. The macro ``clean_text`` implements the same
rule.
"""

from __future__ import annotations

import re
import unicodedata

# White space as defined by Unicode, and the blank braille pattern, which looks the same.
WHITE_SPACE = "\t\n\v\f\r \u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u2800\u3000"
# Control characters, and Unicode's default ignorable characters: soft hyphens, joiners, direction
# marks, variation selectors (also those of East Asian names), fillers, byte order marks and tags.
# NUL is not included, because some databases cannot even name it.
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
    """Return a name, a title or a format without invisible characters.

    Invisible characters are removed, each run of white space becomes one space, white space at the
    ends is removed, and letters with accents are composed (Unicode NFC).

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
    """Return a URL without white space and invisible characters at its ends.

    Everything in between stays, since it may have a meaning for the server.

    Examples
    --------
    >>> clean_url("\\ufeffhttp://host/a b.jpg\\u00a0")
    'http://host/a b.jpg'
    """
    return _AT_THE_ENDS.sub("", text)
