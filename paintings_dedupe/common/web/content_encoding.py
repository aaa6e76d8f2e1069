"""Undo the Content-Encoding of a body, in steps and within limits."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator

# The maximum size of one step, because a kilobyte may contain a gigabyte.
_STEP_BYTES = 256 * 1024
# An encoder that writes blocks as members, such as bgzip, needs one per 64 KiB.
_MOST_MEMBERS = 10_000
_MOST_STAGES = 2
_GZIP = b"\x1f\x8b"
_INFLATED = {"gzip": "gzip", "x-gzip": "gzip", "deflate": "deflate"}
# Encodings that are in use, and that are not undone here. Any other name is that of something
# else, such as a character set, a transfer encoding or a media type: the body is plain then, and
# if it is not, it is no image.
_FOREIGN = frozenset(
    {
        *("br", "brotli", "x-br", "zstd", "x-zstd", "compress", "x-compress", "dcb", "dcz"),
        *("bzip2", "x-bzip2", "bz2", "xz", "x-xz", "lzma", "x-lzma", "lz4", "snappy"),
        *("pack200-gzip", "exi", "aes128gcm"),
    }
)


class EncodingError(Exception):
    """The body does not match its Content-Encoding; the message explains why."""


class CutShortError(Exception):
    """The body ends before it is complete."""


class RefusedEncodingError(Exception):
    """The body has an encoding that is not supported; the message names it."""


class TooLargeError(Exception):
    """The body is larger than allowed."""


def decoder_for(headers: Iterable[str], most_bytes: int) -> Decoder | None:
    """Return a decoder for the encodings in Content-Encoding headers; None for a plain body.

    Raises
    ------
    RefusedEncodingError
        For brotli and similar encodings, and for more than two encodings.
    """
    names = [name.strip().lower() for header in headers for name in header.split(",")]
    if foreign := next((name for name in names if name in _FOREIGN), None):
        raise RefusedEncodingError(f"Content-Encoding {foreign}, although identity was requested")
    stages = [_INFLATED[name] for name in names if name in _INFLATED]
    if len(stages) > _MOST_STAGES:
        raise RefusedEncodingError(
            f"Content-Encoding {', '.join(names)}: more than {_MOST_STAGES} encodings"
        )
    # The last encoding in the list was applied last.
    return Decoder([_Stage(name, most_bytes) for name in reversed(stages)]) if stages else None


class Decoder:
    """Decodes one encoding after the other."""

    def __init__(self, stages: list[_Stage]) -> None:
        self._stages = stages

    def feed(self, data: bytes) -> Iterator[bytes]:
        """Yield the decoded `data` in steps.

        Raises
        ------
        EncodingError, RefusedEncodingError, TooLargeError
            When the bytes are invalid.
        """
        return self._through(data, self._stages)

    def _through(self, data: bytes, stages: list[_Stage]) -> Iterator[bytes]:
        first, *others = stages
        for chunk in first.feed(data):
            if others:
                yield from self._through(chunk, others)
            else:
                yield chunk

    def finish(self) -> None:
        """Signal the end of the body.

        Raises
        ------
        CutShortError
            When bytes are missing.
        """
        for stage in self._stages:
            stage.finish()


class _Stage:
    """One encoding: gzip members (RFC 1952), or deflate with or without a zlib header.

    Zeros may follow, since some servers pad; other bytes may not.
    """

    def __init__(self, name: str, most_bytes: int) -> None:
        self._name = name
        self._most_bytes = most_bytes
        self._taken = self._yielded = self._members = 0
        # The first two bytes determine the kind.
        self._head = b""
        self._inflate: zlib._Decompress | None = None
        self._padded = False

    def feed(self, data: bytes) -> Iterator[bytes]:
        self._taken += len(data)
        # Incompressible data becomes slightly larger; empty blocks could continue for ever.
        if self._taken > self._most_bytes * 9 // 8 + _STEP_BYTES:
            raise TooLargeError
        while data:
            if self._inflate is None:
                data = self._begin(self._head + data)
                if self._inflate is None:
                    return
            try:
                chunk = self._inflate.decompress(data, _STEP_BYTES)
            except zlib.error as error:
                raise EncodingError(f"the body is not {self._name}: {error}") from error
            self._yielded += len(chunk)
            if self._yielded > self._most_bytes:
                raise TooLargeError
            if chunk:
                yield chunk
            data = self._inflate.unconsumed_tail
            if self._inflate.eof:
                data = self._inflate.unused_data
                self._inflate = None

    def _begin(self, data: bytes) -> bytes:
        """Start the next part, once its kind is known; return the data left to decode."""
        self._head = b""
        if self._members and not data.startswith(_GZIP[: len(data)]):
            # After the end.
            self._padded = self._padded or data.startswith(b"\0")
            if data.strip(b"\0"):
                raise RefusedEncodingError(f"bytes follow the end of the {self._name} body")
            return b""
        if self._padded:
            raise RefusedEncodingError(f"bytes follow the end of the {self._name} body")
        if len(data) < len(_GZIP):
            self._head = data
            return b""
        if self._members and self._name != "gzip":
            raise RefusedEncodingError(f"bytes follow the end of the {self._name} body")
        self._members += 1
        if self._members > _MOST_MEMBERS:
            raise RefusedEncodingError(f"more than {_MOST_MEMBERS:,} gzip members")
        self._inflate = zlib.decompressobj(wbits=self._window_bits(data))
        return data

    def _window_bits(self, data: bytes) -> int:
        if data.startswith(_GZIP) or self._name == "gzip":
            # With a gzip or zlib header.
            return 47
        has_zlib_header = data[0] & 0x0F == zlib.DEFLATED and int.from_bytes(data[:2]) % 31 == 0
        return zlib.MAX_WBITS if has_zlib_header else -zlib.MAX_WBITS

    def finish(self) -> None:
        if self._inflate is not None or self._head or not self._members:
            raise CutShortError
