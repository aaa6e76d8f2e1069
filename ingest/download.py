"""Fetch the bytes behind one URL over HTTP."""

from __future__ import annotations

from importlib.metadata import version

import requests
from requests.adapters import HTTPAdapter
from urllib3.exceptions import MaxRetryError, ReadTimeoutError
from urllib3.util import Retry

CONNECT_TIMEOUT_SECONDS = 10.0
READ_TIMEOUT_SECONDS = 30.0
MAX_BYTES = 64 * 1024 * 1024
_CHUNK_BYTES = 64 * 1024
_TRANSIENT_STATUSES = (429, 500, 502, 503, 504)
# urllib3 would obey a server that asks for six hours.
_MAX_RETRY_AFTER_SECONDS = 30


class DownloadError(Exception):
    """The URL did not yield its bytes; the message says why."""


def new_session(connections: int, retries: int = 3) -> requests.Session:
    """Make a session that reuses connections and retries what may pass.

    Parameters
    ----------
    connections
        How many connections are kept, in all and per host: the number of threads sharing it.
    retries
        How often a failed connection, 429 or 5xx answer is tried again, with exponential
        back-off and `Retry-After` obeyed up to half a minute.
    """
    retry = Retry(
        total=retries,
        backoff_factor=0.3,
        status_forcelist=_TRANSIENT_STATUSES,
        allowed_methods={"GET"},
        raise_on_status=False,
        retry_after_max=_MAX_RETRY_AFTER_SECONDS,
    )
    adapter = HTTPAdapter(pool_connections=connections, pool_maxsize=connections, max_retries=retry)
    session = requests.Session()
    session.mount("http://", adapter)
    session.mount("https://", adapter)
    session.headers["User-Agent"] = f"paintings-dedupe/{version('paintings-dedupe')}"
    return session


def download(
    url: str,
    session: requests.Session,
    max_bytes: int = MAX_BYTES,
    read_timeout: float = READ_TIMEOUT_SECONDS,
) -> bytes:
    """Return the complete body of `url`, held in memory only.

    Parameters
    ----------
    url
        An http or https address. Redirects are followed.
    session
        From `new_session`; threads may share it.
    max_bytes
        The largest body accepted.
    read_timeout
        Seconds without a single byte after which the host is given up.

    Raises
    ------
    DownloadError
        For an address that is not http(s), a host that does not answer, a status other than
        200, a body cut short, or one larger than `max_bytes`, whatever its headers claim.
    """
    try:
        with session.get(
            url, stream=True, timeout=(CONNECT_TIMEOUT_SECONDS, read_timeout)
        ) as response:
            if response.status_code != requests.codes.ok:
                raise DownloadError(f"HTTP {response.status_code} {response.reason}".rstrip())
            body = bytearray()
            for chunk in response.iter_content(_CHUNK_BYTES):
                body += chunk
                if len(body) > max_bytes:
                    raise DownloadError(f"larger than {max_bytes:,} bytes")
            return bytes(body)
    except requests.Timeout as error:
        raise DownloadError("timed out") from error
    except requests.exceptions.ChunkedEncodingError as error:
        raise DownloadError("the body was cut short") from error
    except requests.ConnectionError as error:
        # requests passes off a read that timed out for good as a failure to connect.
        if isinstance(_reason(error), ReadTimeoutError):
            raise DownloadError("timed out") from error
        raise DownloadError(f"could not connect: {_root_cause(error)}") from error
    # requests lets urllib3's LocationParseError (a ValueError) escape for some malformed URLs.
    except (requests.RequestException, ValueError) as error:
        raise DownloadError(f"not a usable URL or answer: {error}") from error


def _reason(error: requests.ConnectionError) -> object:
    """What urllib3 raised, or gave as its reason for giving up."""
    cause = error.args[0] if error.args else None
    return cause.reason if isinstance(cause, MaxRetryError) else cause


def _root_cause(error: BaseException) -> str:
    """The last words of urllib3's nested connection error, without object addresses."""
    return str(error).rsplit("object at 0x", 1)[-1].rsplit(">: ", 1)[-1].rstrip("'\")")
