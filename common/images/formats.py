"""Know an image format by any of the names that tables give it."""

from __future__ import annotations

_JPEG, _PNG, _BMP, _TIFF = "jpeg", "png", "bmp", "tiff"
_ALIASES = {
    **dict.fromkeys(("jpg", "jpe", "jfif", "jif", "jfi", "pjpeg", "pjp", "mpo"), _JPEG),
    **dict.fromkeys(("apng", "vnd.mozilla.apng"), _PNG),
    **dict.fromkeys(("dib", "ms-bmp", "windows-bmp", "win-bitmap"), _BMP),
    "tif": _TIFF,
}


def format_name(text: str | None) -> str:
    """The name used in EncodingFormat and in image/{format}, for a format however it is written.

    Letter case, spaces around it, a dot before it, `image/` and `x-` do not count, nor do
    parameters behind a semicolon. What is unknown is returned in lower case as it is.

    Examples
    --------
    >>> format_name("image/jpg"), format_name(".JPG"), format_name("image/x-ms-bmp; a=b")
    ('jpeg', 'jpeg', 'bmp')
    """
    name = (text or "").partition(";")[0].strip().lower()
    bare = name.removeprefix("image/").removeprefix(".").removeprefix("x-").strip()
    return _ALIASES.get(bare, bare)
