"""Parse the value of --to: a folder, or a container of a storage account."""

from __future__ import annotations

import ipaddress
import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from difflib import SequenceMatcher
from pathlib import Path
from typing import NoReturn
from urllib.parse import SplitResult, quote, unquote, urlsplit

from uploader.table.naming import safe_segment

FORMS = (
    "a folder, 'azure', https://ACCOUNT.blob.core.windows.net[/CONTAINER[/PREFIX]], "
    "wasbs://CONTAINER@ACCOUNT.blob.core.windows.net[/PREFIX], "
    "abfss://CONTAINER@ACCOUNT.dfs.core.windows.net[/PREFIX] or az://CONTAINER[/PREFIX]"
)
_SAS = (
    "the address must not hold a SAS, since command lines are seen by others: "
    "set AZURE_STORAGE_SAS_TOKEN instead"
)

_NAMED_ACCOUNT = "azure"
# The second label of an account's host name: services that we can use, and others.
_BLOB_SERVICES = ("blob", "dfs")
_OTHER_SERVICES = ("file", "queue", "table", "web")
_ZONE = re.compile(r"z\d+")  # such as ACCOUNT.z13.blob.storage.azure.net
_ACCOUNT = re.compile(r"[a-z0-9]{3,24}(-secondary)?")
_CONTAINER = re.compile(r"(?=.{3,63}$)[a-z0-9]+(-[a-z0-9]+)*|\$web")
_HOST = re.compile(r"[a-z0-9]([a-z0-9.-]*[a-z0-9])?")
_EMULATOR = "devstoreaccount1"
# The schemes used by Hadoop and Spark, and those used by adlfs, Azure's own tools and DuckDB.
_HADOOP = ("wasb", "wasbs", "abfs", "abfss")
_CONTAINER_ONLY = ("az", "abfs", "abfss")

_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*):(.*)", re.DOTALL)
# Text that can only be a path. The last alternative is a Windows drive.
_PATH = re.compile(r"/(?!/)|\\|~|\.{1,2}([/\\]|$)|[A-Za-z]:(?!//)")
# An address appended to a path, perhaps with one slash lost. After ./ it is a name.
_JOINED = re.compile(r"(?i)[/\\](https?|wasbs?|abfss?|az|adl|s3a?|gs|hdfs|ftp|file):/")
# Placeholders that a shell or a template should have replaced, and texts for a missing value.
_UNREPLACED = re.compile(r"\$|%\w+%|\{\{|<|>|^(null|none|nil|nan|undefined)$", re.IGNORECASE)
# A host name with two dots, or with one dot and a common ending.
_HOST_NAME = re.compile(r"([a-z0-9-]+\.){2,}[a-z]{2,}\.?|[a-z0-9-]+\.(com|net|org|localhost)\.?")
# First words of addresses, which are unlikely names of folders.
_WORDS = (
    *("abfs", "abfss", "adl", "adls", "az", "azurite", "file", "ftp", "gcs", "gs", "hdfs", "http"),
    *("https", "localhost", "s3", "s3a", "wasb", "wasbs"),
)
_NEAR = 0.75
# Parts of a connection string, which would otherwise become the name of a folder.
_CONNECTION_STRING = re.compile(
    r"(?i)(AccountKey|SharedAccessSignature|DefaultEndpointsProtocol|BlobEndpoint|"
    r"UseDevelopmentStorage|AccountName)="
)
_SIGNATURE = re.compile(r"(?i)(^|[?&;])sig=")
_TELLABLE = re.compile(r"[^@?=&#\s]{1,100}")


class UnknownDestinationError(ValueError):
    """The value of --to is not a destination. The message gives the cause, without secrets."""


@dataclass(frozen=True)
class Folder:
    """A local folder. Containers are its subfolders."""

    path: Path

    def __str__(self) -> str:
        # The name of a folder may look like an address.
        return str(self.path) if self.path.is_absolute() else f"./{self.path}"


@dataclass(frozen=True)
class Account:
    """A storage account, optionally with a container and a prefix.

    Attributes
    ----------
    url
        The URL of the blob service. None means the account named by the environment.
    container, prefix
        The container and the prefix in the address, or None. A prefix ends in a slash.
    """

    url: str | None
    container: str | None = None
    prefix: str | None = None

    def __str__(self) -> str:
        within = quote("/".join(filter(None, (self.container, self.prefix))).rstrip("/"))
        if self.url is None:
            return f"az://{within}" if within else _NAMED_ACCOUNT
        return f"{self.url}/{within}".rstrip("/")


Destination = Folder | Account


def parse_destination(text: str, is_folder: Callable[[Path], bool] = Path.is_dir) -> Destination:
    """Parse the value of --to. Schemes are not case-sensitive.

    Text is a folder only if it cannot be a mistyped address, which would otherwise create a folder
    of that name without an error: it begins like a path (``/``, ``./``, ``../``, ``~``, ``C:``),
    or it is a relative path whose parent exists and whose first word is not part of an address.

    Parameters
    ----------
    text
        The value.
    is_folder
        Tests whether a path is an existing folder.

    Raises
    ------
    UnknownDestinationError
        If it is neither a folder nor an address.
    """
    text = text.strip()
    if not text:
        raise UnknownDestinationError(f"is empty. It takes {FORMS}.")
    if _CONNECTION_STRING.search(text):
        raise UnknownDestinationError(
            "looks like a connection string, which other users can see on a command line. Set "
            "AZURE_STORAGE_CONNECTION_STRING to it, and use --to azure"
        )
    if any(unicodedata.category(char) in ("Cc", "Cf", "Zl", "Zp") for char in text):
        raise UnknownDestinationError("contains an invisible character. Type it again")
    if text.casefold() == _NAMED_ACCOUNT:
        return Account(None)
    if _PATH.match(text):
        if not text.startswith("./") and _JOINED.search(text):
            _refuse(text, "contains an address, which was probably joined to a folder by mistake.")
        return Folder(_expanded(text))
    if scheme := _SCHEME.fullmatch(text):
        return _address(text, scheme[1].lower(), scheme[2])
    return _relative_folder(text, is_folder)


# -- addresses ------------------------------------------------------------------------------


def _address(text: str, scheme: str, rest: str) -> Account:
    if scheme not in ("http", "https", "az", *_HADOOP):
        hint = " A folder is written without file:." if scheme == "file" else ""
        _refuse(text, f"looks like an address, but of an unknown kind.{hint}")
    if not rest.startswith("//") or "\\" in text or " " in text:
        _refuse(text, f"is not a valid address: it needs {scheme}:// and a host without spaces.")
    try:
        parts = urlsplit(text)
        user, port = parts.username, parts.port
        host = (parts.hostname or "").rstrip(".")
    except ValueError:
        _refuse(text, "cannot be read as an address.")
    if "?" in text:
        raise UnknownDestinationError(_SAS)
    if "#" in text:
        _refuse(text, "contains a #. In a name, write %23.")
    if scheme in _CONTAINER_ONLY and "@" not in parts.netloc and "." not in host:
        # Use netloc, because `hostname` is in lower case, and container names are case-sensitive.
        return _within(text, None, [parts.netloc, *_segments(text, parts)])
    if scheme in _HADOOP:
        if not user or parts.password is not None or port:
            _refuse(text, f"is not of the form {scheme}://CONTAINER@ACCOUNT...")
        return _within(text, _service_url(text, host), [user, *_segments(text, parts)])
    if scheme == "az":
        _refuse(text, "names no container: az://CONTAINER[/PREFIX].")
    if "@" in parts.netloc:
        raise UnknownDestinationError(
            "must not contain a user or a password; set AZURE_STORAGE_KEY or "
            "AZURE_STORAGE_SAS_TOKEN"
        )
    return _web_address(text, parts, host, port)


def _web_address(text: str, parts: SplitResult, host: str, port: int | None) -> Account:
    segments = _segments(text, parts)
    if _service(host):
        if parts.scheme == "http":
            _refuse(text, "would send keys and images in the clear: write https://.")
        url = _service_url(text, host)
        return _within(text, f"{url}:{port}" if port else url, segments)
    is_ip = _is_ip(host)
    if not is_ip and not _HOST.fullmatch(host):
        _refuse(text, "names no host.")
    authority = f"[{host}]" if ":" in host else host
    url = f"{parts.scheme}://{authority}" + (f":{port}" if port else "")
    # Azurite and other services without a host per account have the account in the path. A custom
    # domain stands for one account.
    own_domain = "." in host and not port and segments[:1] != [_EMULATOR]
    if not is_ip and (own_domain or host.endswith(".localhost")):
        return _within(text, url, segments)
    if not segments:
        _refuse(text, "names no account: at this host, it is the first word of the path.")
    return _within(text, f"{url}/{segments[0]}", segments[1:])


def _service(host: str) -> str | None:
    """Return the service of an Azure host, such as ``"blob"``, or None for other hosts."""
    _, *labels = host.split(".")
    if labels and _ZONE.fullmatch(labels[0]):
        labels = labels[1:]
    service, *domain = labels or [""]
    return service if domain and service in (*_BLOB_SERVICES, *_OTHER_SERVICES) else None


def _service_url(text: str, host: str) -> str:
    """Return the URL of an account's blob service, given its blob or data lake host."""
    service = _service(host)
    if service not in _BLOB_SERVICES or not _ACCOUNT.fullmatch(host.partition(".")[0]):
        what = f"names the {service} service" if service else "names no storage account"
        _refuse(text, f"{what}; the host is ACCOUNT.blob.core.windows.net.")
    return f"https://{host}".replace(f".{service}.", ".blob.", 1)


def _segments(text: str, parts: SplitResult) -> list[str]:
    """Return the decoded segments of the path."""
    path = parts.path.removeprefix("/").removesuffix("/")
    try:
        words = [unquote(word, errors="strict") for word in path.split("/")] if path else []
    except UnicodeDecodeError:
        _refuse(text, "holds an escape that is not UTF-8.")
    if any(not safe_segment(word) for word in words):
        _refuse(text, "has an empty folder, a dot or a slash for a folder in it.")
    return words


def _within(text: str, url: str | None, words: list[str]) -> Account:
    if not words:
        return Account(url)
    container, *folders = words
    if not _CONTAINER.fullmatch(container):
        _refuse(
            text,
            "names no possible container: 3 to 63 lower-case letters, digits and single hyphens.",
        )
    return Account(url, container, f"{'/'.join(folders)}/" if folders else None)


def _is_ip(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


# -- folders --------------------------------------------------------------------------------


def _expanded(text: str) -> Path:
    try:
        return Path(text).expanduser()
    except RuntimeError:
        _refuse(text, f"names the home folder of nobody. For a folder of that name: ./{text}.")


def _relative_folder(text: str, is_folder: Callable[[Path], bool]) -> Folder:
    first = re.split(r"[/\\]", text)[0]
    # NFKC maps full-width letters to ordinary ones.
    word = unicodedata.normalize("NFKC", first.rpartition("@")[2]).lower()
    if _SIGNATURE.search(text):
        raise UnknownDestinationError(_SAS)
    likeness = SequenceMatcher(None, word, _NAMED_ACCOUNT).ratio()
    if (
        not first
        or ":" in first
        or "://" in text
        or word in _WORDS
        or _is_ip(word)
        or _HOST_NAME.fullmatch(word)
    ):
        _refuse(text, "looks like an address without its beginning.", text)
    container, _, account = first.partition("@")
    if _CONTAINER.fullmatch(container) and _ACCOUNT.fullmatch(account):
        _refuse(text, "looks like CONTAINER@ACCOUNT without the beginning of an address.")
    if _UNREPLACED.search(text):
        _refuse(text, "contains a placeholder that was not filled in.", text)
    if likeness >= _NEAR or word.startswith(_NAMED_ACCOUNT):
        _refuse(text, "looks like a misspelt 'azure'.", text)
    if first.startswith("-"):
        _refuse(text, "looks like an option.", text)
    path = Path(text)
    if not is_folder(path.parent):
        _refuse(text, f"would be in the folder {path.parent}, which does not exist.", text)
    return Folder(path)


def _refuse(text: str, why: str, folder: str | None = None) -> NoReturn:
    # An invalid address may contain a password anywhere.
    shown = f"{text!r} " if _TELLABLE.fullmatch(text) else ""
    remedy = ""
    if folder is not None and shown:
        remedy = f" For a folder of that name, write ./{folder.lstrip('/')}."
    raise UnknownDestinationError(f"{shown}{why} It takes {FORMS}.{remedy}")
