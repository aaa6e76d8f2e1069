"""Show URLs without secrets: nothing that grants access is shown or stored."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Collection
from functools import lru_cache
from urllib.parse import unquote, unquote_plus

from paintings_dedupe.common.web.urls import UrlParts, is_port, split_url

# The query parameters that are shown, with the allowed values. Others are hidden, whatever their
# names, because no list of names for secrets is complete. `id` may identify an image or a session,
# but a session is not a plain number.
_NUMBER = re.compile(r"[0-9]{1,12}(?:[.x][0-9]{1,12})?")
_WORD = re.compile(r"[A-Za-z0-9]{1,5}")
_TEXT = re.compile(r"[\w .,'()!\-]{1,100}")
KEPT_PARAMETERS = {
    **dict.fromkeys(("id", "image", "page", "size", "q", "quality"), _NUMBER),
    **dict.fromkeys(("width", "height", "w", "h"), _NUMBER),
    "format": _WORD,
    **dict.fromkeys(("file", "filename", "title"), _TEXT),
}
# A run of letters and digits that is typical of tokens and not of names.
_TOKEN = re.compile(r"(?=[A-Za-z]*[0-9])(?=[0-9]*[A-Za-z])[A-Za-z0-9]{16,}")

# Names of parameters that do not identify an image. The identity of an image is computed without
# them, so it contains nothing that could be guessed, such as a password, and survives a renewed
# signature. Only letters and digits of a name count.
_SECRET_NAME = re.compile(
    r"token(?!id)|secret|passw|pwd|signature|hmac|jwt|session|sessid|credential|apikey|accesskey"
    r"|subscriptionkey|privatekey|authori[sz]|ticket|oauth|bearer|^(?:x?sign?|auth|sid|pass|pw|pin|otp|user|username"
    r"|login|email|nonce|hdnts|hdnea|hdntl)$|^x(?:amz|goog|oss|ms|cos)|^q(?:sign|ak$|keytime|header)"
)
# Parameters that come with a signature and change with it: if all of the first are present, the
# second do not identify an image. Azure (SAS); S3, CloudFront, Google and Alibaba; nginx; Discord;
# Facebook.
_SAS = "sv sr ss st se sp spr srt si sip sdd ses scid skoid sktid skt ske sks skv saoid suoid sig"
_SIGNED = "expires policy keypairid awsaccesskeyid googleaccessid ossaccesskeyid signature"
_COMPANIONS = tuple(
    (frozenset(present.split()), frozenset(dropped.split()))
    for present, dropped in (
        ("sig", _SAS),
        ("signature", _SIGNED),
        ("hmac", "exp expires acl hmac"),
        ("md5 expires", "md5 expires"),
        ("st e", "st e"),
        ("ex is hm", "ex is hm"),
        ("oh oe", "oh oe"),
    )
)
_NOT_IN_NAMES = re.compile(r"[^a-z0-9]")

# For these schemes, more than the digest is shown.
_SCHEMES = frozenset(
    (
        *("http", "https", "ftp", "ftps", "sftp", "file", "data", "mailto", "javascript"),
        *("s3", "gs", "az", "abfs", "abfss", "wasb", "wasbs"),
    )
)
_SHOWN_HOST = re.compile(r"\[[0-9A-Fa-f:.]+\]|[\w\-.]+")
# URLs that contain no secret and are not changed by any normalisation: nearly all of them.
_PLAIN_URL = re.compile(
    r"https?://[A-Za-z0-9\-.]+(?::([0-9]{1,5}))?"
    r"(?:/(?:[A-Za-z0-9\-._~!$'()*+,/ ]|%20|%[89A-Fa-f][0-9A-Fa-f])*)?"
)
_PLAIN_PATH = re.compile(r"[\w./ ()\-]*")
# Each path with a folder of `_SECRET_FOLDER` or `_KNOWN_FOLDER` contains one of these, and few
# others do. Not a pattern, which would take ten times as long.
_SUSPECTS = (
    *(
        "token",
        "secret",
        "key/",
        "sig/",
        "sign/",
        "signature",
        "auth",
        "passw",
        "pwd",
        "hmac",
        "jwt",
    ),
    *("sid/", "session", "credential", "bearer", "ticket", "otp/", "/s--", "/("),
)
# In paths: a parameter of Java servers, an escaped "?", a URL inside the path, a user name. An
# escaped ";" may be a part of a file name, unless a value is assigned after it.
_PATH_PARAMETER = re.compile(r"(?:;|%(?:25)*3b(?=[^/]*(?:[=:]|%(?:25)*3[ad])))[^/]*", re.IGNORECASE)
_ESCAPED_QUERY = re.compile(r"%(?:25)*3f.*", re.IGNORECASE | re.DOTALL)
_URL_START = re.compile(
    r"[a-z][a-z0-9+.\-]{0,20}(?::|%(?:25)*3a)(?:[/\\]|%(?:25)*(?:2f|5c))+", re.IGNORECASE
)
_ASSIGNED = re.compile(r"([\w.\-]{1,60})[=:]")
# A folder with such a name is followed by what grants access, as in /token/3f9a/a.jpg. Only the
# whole name counts, because a title may contain the word secret.
_SECRET_FOLDER = re.compile(
    r"(?:access|api|app|auth|bearer|client|id|private|refresh|sas|secret|security|session|user|x)?"
    r"(?:token|secret|key|signature|password)|sign?|auth|oauth2?|passwd|pwd|hmac|jwt|sid|session"
    r"|credentials?|bearer|ticket|otp"
)
_LIKE_A_TOKEN = re.compile(r"(?=.*[0-9])(?=.*[A-Za-z])[\w+=:~\-]{8,}")
# Folders that grant access: an ASP.NET session, a Telegram bot, a Cloudinary signature.
_KNOWN_FOLDER = re.compile(r"\([A-Za-z]\(.{8,}\)\)|bot\d{6,}:.{20,}|s--[\w-]{6,40}--")
# In free text: a parameter that belongs to a URL before it, or that is quoted without one.
_ASSIGNMENT = re.compile(r"([\w.%\-]{1,60})=[^&;#\s'\"]*")
_LOGIN = re.compile(r"[^\s/:@]{1,60}:[^\s@]{1,300}@")
# A longer port would have leading zeros, which nobody writes.
_PORT_DIGITS = 5
# How often text may be escaped, and how deep URLs are searched for inside URLs.
_ESCAPINGS, _DEPTH = 5, 3
_NAMES_REMEMBERED = 256


def redact_url(url: str, keep: Collection[str] = ()) -> str:
    """Return the part of a URL that may be shown and stored.

    User and password are removed, and so are path parameters, what follows a folder such as
    ``token``, the fragment, and the query except for the parameters in `KEPT_PARAMETERS` and
    `keep`. Hidden parts are replaced by ``redacted=`` and a digest, so that two images remain
    distinguishable; see `identity`. If a URL cannot be parsed, only its host is shown. A URL
    without any of these parts is returned unchanged.

    Any other secret in the host or the path cannot be distinguished from a name and is shown.

    Parameters
    ----------
    url
        Any text.
    keep
        Lower-case names of further query parameters that are shown, whatever their value.
    """
    if _is_plain(url):
        return url
    parts = split_url(url)
    scheme = (parts.scheme or "").lower()
    host, port = parts.host_and_port
    if not _is_sound(url, parts):
        is_path = parts.scheme is None and parts.authority is None
        if is_path and _PLAIN_PATH.fullmatch(url) and _shown_path(url) == url:
            return url
        return _shown_in_part(url, parts)
    path = _shown_path(parts.path)
    query, hidden = _shown_query(parts.query, keep)
    if not hidden and path == parts.path and parts.user_info is None and not parts.fragment:
        return url
    origin = f"{scheme}://{host}" + (f":{port}" if port else "")
    changed = hidden or path != parts.path or parts.user_info is not None
    pairs = [*query, *([f"redacted={_digest(url)}"] if changed else [])]
    return f"{origin}{path}" + (f"?{'&'.join(pairs)}" if pairs else "")


def redact(text: str) -> str:
    """Return free text, such as that of an error, with its URLs redacted.

    The end of a URL in text is uncertain. If a URL has a secret, or may have one after a space,
    only the text before it and its host are kept.
    """
    if not any(sign in text for sign in ":=@%"):
        return text
    # A line break or a tab inside a URL does not hide anything from a reader.
    rest = re.sub(r"[\t\r\n]", "", text) if _URL_START.search(re.sub(r"\s", "", text)) else text
    shown = ""
    while match := _URL_START.search(rest):
        shown += _without_secrets(rest[: match.start()])
        found = re.match(r"[^\s\"'<>`]*", rest[match.start() :])
        url = found[0].rstrip(".,:;!?)]}") if found else ""
        rest = rest[match.start() + len(url) :]
        told = redact_url(url)
        if told != url or "%" in match[0] or "@" in rest or "=" in rest:
            return f"{shown}{_origin(url)} ..."
        shown += told
    return shown + _without_secrets(rest)


def identity(url: str) -> str:
    """Return what identifies the image of a URL, without what grants access to it.

    This is the URL without user and password, fragment, and parameters known not to identify an
    image: keys, tokens, sessions, signatures and what expires with them. So a renewed signature
    means the same image, and testing passwords against a digest reveals nothing. A parameter with
    an unknown name may identify the image, so it is included.
    """
    return _identity(url, _DEPTH)


def _identity(url: str, depth: int) -> str:
    if not depth:
        return ""
    if _is_plain(url):
        return url
    parts = split_url(url)
    if not _is_sound(url, parts):
        decoded = _decoded(url)
        if parts.authority is None or "@" in decoded:
            return _ASSIGNMENT.sub(_without_value, decoded.rpartition("@")[2])
    host, port = parts.host_and_port
    origin = f"{parts.scheme}://{host}" + (f":{port}" if port and port.isdecimal() else "")
    path = _PATH_PARAMETER.sub(
        lambda match: "" if _names_secret(match[0].partition("=")[0]) else match[0], parts.path
    )
    path = _without_tokens(path)
    query = "&".join(_inner(pair, depth) for pair in _naming(parts.query or ""))
    return f"{origin}{_inner(path, depth)}" + (f"?{query}" if query else "")


def _inner(text: str, depth: int) -> str:
    """A path or a parameter; a URL inside it, which may have its own password, likewise."""
    found = _URL_START.search(text)
    if not found:
        return text
    return text[: found.start()] + _identity(_decoded(text[found.start() :]), depth - 1)


def source_key(url: str) -> str:
    """Identify a source without its secrets, so that a renewed signature is the same source.

    Returns
    -------
    MD5 of `identity`, 32 hexadecimal digits.
    """
    return hashlib.md5(_bytes(identity(url)), usedforsecurity=False).hexdigest()


def _digest(url: str) -> str:
    return hashlib.sha256(_bytes(identity(url))).hexdigest()[:16]


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


def _is_plain(url: str) -> bool:
    plain = _PLAIN_URL.fullmatch(url)
    if plain is None or (plain[1] is not None and not _is_shown_port(plain[1])):
        return False
    lowered = url.lower()
    return not any(suspect in lowered for suspect in _SUSPECTS)


def _is_shown_port(port: str) -> bool:
    return len(port) <= _PORT_DIGITS and is_port(port)


def _is_sound(url: str, parts: UrlParts) -> bool:
    """Whether host, port and path can be identified reliably."""
    host, port = parts.host_and_port
    if parts.scheme is None or parts.scheme.lower() not in _SCHEMES or parts.authority is None:
        return False
    # An invalid port may be anything, such as the end of a password.
    if port and not _is_shown_port(port):
        return False
    if host and not _SHOWN_HOST.fullmatch(host):
        return False
    # A slash in a password would look like the end of the port.
    if port is not None and parts.user_info is None and "@" in parts.path:
        return False
    return _is_unicode(url)


def _is_unicode(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _shown_in_part(url: str, parts: UrlParts) -> str:
    scheme, host = (parts.scheme or "").lower(), parts.host_and_port[0]
    if parts.authority is None:
        host = split_url("//" + url.rpartition("@")[2]).host_and_port[0] if "@" in url else ""
    shown = f"{scheme}:" if scheme in _SCHEMES else ""
    if host and _SHOWN_HOST.fullmatch(host) and _is_unicode(host):
        shown += f"//{host}/"
    return f"{shown}?redacted={_digest(url)}"


def _origin(url: str) -> str:
    host = split_url(url).host_and_port[0]
    return host if _SHOWN_HOST.fullmatch(host) else ""


def _shown_path(path: str) -> str:
    """The path up to the first possible secret."""
    shown = _ESCAPED_QUERY.sub("", _PATH_PARAMETER.sub("", path))
    within = _URL_START.search(shown)
    if within and re.search(r"[@=]", _decoded(shown[within.start() :])):
        shown = shown[: within.start()]
    start, before = 0, ""
    for segment in shown.split("/"):
        for folder in _decoded(segment).split("/"):
            if _is_secret(folder, before):
                return shown[:start]
            before = folder or before
        start += len(segment) + 1
    return shown


def _is_secret(folder: str, before: str) -> bool:
    """Whether a decoded part of a path grants access; `before` is the part before it."""
    return (
        _follows_secret_name(folder, before)
        or ":" in folder.rpartition("@")[0]
        or _KNOWN_FOLDER.fullmatch(folder) is not None
        or any(_names_secret(match[1]) for match in _ASSIGNED.finditer(folder))
    )


def _without_tokens(path: str) -> str:
    """The path without folders that grant access; a word may identify an image, so it stays."""
    kept: list[str] = []
    before = ""
    for segment in path.split("/"):
        folders = _decoded(segment).split("/")
        left = []
        for folder in folders:
            opens = _follows_secret_name(folder, before) and _LIKE_A_TOKEN.fullmatch(folder)
            left.append("" if opens or _KNOWN_FOLDER.fullmatch(folder) else folder)
            before = folder or before
        kept.append(segment if left == folders else "/".join(left))
    return "/".join(kept)


def _follows_secret_name(folder: str, before: str) -> bool:
    # /token/17 is the seventeenth token image.
    named = _SECRET_FOLDER.fullmatch(_plain_name(before))
    return bool(named and folder and not _NUMBER.fullmatch(folder))


def _shown_query(query: str | None, keep: Collection[str]) -> tuple[list[str], bool]:
    """The parameters to show, and whether there are any others."""
    shown, hidden = [], False
    for pair in (query or "").split("&"):
        if not pair:
            continue
        name, _, value = pair.partition("=")
        if _may_be_shown(name, value, keep):
            shown.append(pair)
        else:
            hidden = True
    return shown, hidden


def _may_be_shown(name: str, value: str, keep: Collection[str]) -> bool:
    try:
        name = unquote_plus(name, errors="strict").lower()
        if name in keep:
            return True
        pattern = KEPT_PARAMETERS.get(name)
        if pattern is None:
            return False
        value = unquote_plus(value, errors="strict")
    except UnicodeDecodeError:
        return False
    return not value or bool(pattern.fullmatch(value) and not _TOKEN.search(value))


def _naming(query: str) -> list[str]:
    """The parameters that may identify an image."""
    pairs = [(_plain_name(pair.partition("=")[0]), pair) for pair in re.split("[&;]", query)]
    dropped = _dropped(frozenset(name for name, _ in pairs))
    return [pair for name, pair in pairs if pair and name not in dropped]


@lru_cache(_NAMES_REMEMBERED)
def _dropped(names: frozenset[str]) -> frozenset[str]:
    """Those of the plain `names` that do not identify an image. Most tables have few sets."""
    companions = {name for present, others in _COMPANIONS if present <= names for name in others}
    return frozenset(name for name in names if name in companions or _SECRET_NAME.search(name))


def _names_secret(name: str) -> bool:
    return _SECRET_NAME.search(_plain_name(name)) is not None


@lru_cache(_NAMES_REMEMBERED)
def _plain_name(name: str) -> str:
    return _NOT_IN_NAMES.sub("", _decoded(name).lower())


def _decoded(text: str) -> str:
    """Undo percent-encoding, also if it was applied twice."""
    for _ in range(_ESCAPINGS):
        if "%" not in text:
            break
        text = unquote(text, errors="replace")
    return text


def _without_secrets(text: str) -> str:
    """Hide logins and values assigned to names of secrets in text without a URL."""
    return _LOGIN.sub("REDACTED@", _ASSIGNMENT.sub(_without_value, text))


def _without_value(match: re.Match[str]) -> str:
    name = match[1]
    is_secret = _names_secret(name) or _plain_name(name) in ("key", "code", "policy")
    return f"{name}=REDACTED" if is_secret else match[0]
