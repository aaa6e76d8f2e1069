"""Recognise an image format by any of the names that tables use."""

from __future__ import annotations

_JPEG, _PNG, _BMP, _TIFF = "jpeg", "png", "bmp", "tiff"
ALIASES = {
    **dict.fromkeys(("jpg", "jpe", "jfif", "jif", "jfi", "pjpeg", "pjp", "mpo"), _JPEG),
    **dict.fromkeys(("apng", "vnd.mozilla.apng"), _PNG),
    **dict.fromkeys(("dib", "ms-bmp", "windows-bmp", "win-bitmap"), _BMP),
    "tif": _TIFF,
}


def format_name(text: str | None) -> str:
    """Return the name used in EncodingFormat and in image/{format}, for any spelling of a format.

    Letter case, surrounding spaces, a leading dot, `image/`, `x-` and parameters after a semicolon
    are ignored. An unknown name is returned in lower case.

    Examples
    --------
    >>> format_name("image/jpg"), format_name(".JPG"), format_name("image/x-ms-bmp; a=b")
    ('jpeg', 'jpeg', 'bmp')
    """
    name = (text or "").partition(";")[0].strip().lower()
    bare = name.removeprefix("image/").removeprefix(".").removeprefix("x-").strip()
    return ALIASES.get(bare, bare)
