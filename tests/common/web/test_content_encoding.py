"""A body is decoded as servers mean it, and within limits, however it is cut into pieces."""

from __future__ import annotations

import gzip
import itertools
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from paintings_dedupe.common.web.content_encoding import (
    CutShortError,
    EncodingError,
    RefusedEncodingError,
    TooLargeError,
    decoder_for,
)

PLAIN = bytes(range(256)) * 40
LIMIT = 1_000_000


def _raw_deflate(data: bytes) -> bytes:
    packer = zlib.compressobj(wbits=-15)
    return packer.compress(data) + packer.flush()


def _decoded(body: bytes, *headers: str, cuts: tuple[int, ...] = ()) -> bytes:
    decoder = decoder_for(headers, LIMIT)
    if decoder is None:
        return body
    places = [0, *sorted(cut % (len(body) + 1) for cut in cuts), len(body)]
    pieces = (body[start:end] for start, end in itertools.pairwise(places))
    found = b"".join(chunk for piece in pieces for chunk in decoder.feed(piece))
    decoder.finish()
    return found


WHOLE = {
    "gzip": (gzip.compress(PLAIN), "gzip"),
    "its old name, in capitals": (gzip.compress(PLAIN), "X-GZip"),
    "members": (gzip.compress(PLAIN[:99]) + gzip.compress(PLAIN[99:]), "gzip"),
    "an empty member at the end, as bgzip writes": (
        gzip.compress(PLAIN) + gzip.compress(b""),
        "gzip",
    ),
    "padded": (gzip.compress(PLAIN) + bytes(512), "gzip"),
    "zlib": (zlib.compress(PLAIN), "deflate"),
    "deflate without the header of zlib": (_raw_deflate(PLAIN), "deflate"),
    "raw deflate, padded": (_raw_deflate(PLAIN) + bytes(7), "deflate"),
    "gzip that calls itself deflate": (gzip.compress(PLAIN), "deflate"),
    "one within the other": (gzip.compress(zlib.compress(PLAIN)), "deflate, gzip"),
    "gzip beside a name without meaning": (gzip.compress(PLAIN), "aws-chunked,gzip"),
}


@pytest.mark.parametrize(("body", "header"), WHOLE.values(), ids=WHOLE)
@given(cuts=st.lists(st.integers(0, 20_000), max_size=4).map(tuple))
def test_what_is_whole_is_decoded_however_it_is_cut(
    body: bytes, header: str, cuts: tuple[int, ...]
) -> None:
    assert _decoded(body, header, cuts=cuts) == PLAIN


def test_two_headers_are_one_list() -> None:
    assert _decoded(gzip.compress(zlib.compress(PLAIN)), "deflate", "gzip") == PLAIN


@pytest.mark.parametrize(
    "header",
    [
        *("", "identity", "identity, identity", "none", "binary", "aws-chunked", "utf-8"),
        *("8bit", "image/jpeg", "iso-8859-1", "\udcff"),
    ],
)
def test_a_name_that_means_nothing_leaves_the_body_as_it_is(header: str) -> None:
    assert decoder_for([header], LIMIT) is None


@pytest.mark.parametrize("header", ["br", "zstd", "compress", "gzip, br", "gzip,gzip,gzip"])
def test_what_is_not_undone_is_refused_by_name(header: str) -> None:
    with pytest.raises(RefusedEncodingError, match=header.rsplit(",", maxsplit=1)[-1].strip()):
        decoder_for([header], LIMIT)


@pytest.mark.parametrize(
    ("body", "header", "error"),
    [
        (gzip.compress(PLAIN)[:-1], "gzip", CutShortError),
        (gzip.compress(PLAIN) + gzip.compress(PLAIN)[:-1], "gzip", CutShortError),
        (_raw_deflate(PLAIN)[:-9], "deflate", CutShortError),
        (b"", "gzip", CutShortError),
        (b"\x1f", "gzip", CutShortError),
        (gzip.compress(PLAIN) + b"x", "gzip", RefusedEncodingError),
        (gzip.compress(PLAIN) + bytes(9) + b"x", "gzip", RefusedEncodingError),
        (gzip.compress(PLAIN) + bytes(9) + gzip.compress(b""), "gzip", RefusedEncodingError),
        (zlib.compress(PLAIN) + zlib.compress(PLAIN), "deflate", RefusedEncodingError),
        (PLAIN, "gzip", EncodingError),
        (gzip.compress(PLAIN)[:-8] + bytes(8), "gzip", EncodingError),
        (gzip.compress(bytes(2 * LIMIT)), "gzip", TooLargeError),
        # What is in between is as large as it likes, but for the limit.
        (gzip.compress(gzip.compress(b"") + bytes(2 * LIMIT)), "gzip, gzip", TooLargeError),
        # Blocks of nothing.
        (b"\0\0\0\xff\xff" * 400_000, "deflate", TooLargeError),
        (gzip.compress(b"") * 20_000, "gzip", RefusedEncodingError),
    ],
    ids=[
        *("cut", "second member cut", "raw cut", "empty", "one byte", "junk", "padding, junk"),
        *("padding, member", "two of zlib", "in name only", "checksum", "bomb", "bomb within"),
        *("nothing for ever", "members for ever"),
    ],
)
def test_what_is_not_whole_is_a_fault(body: bytes, header: str, error: type[Exception]) -> None:
    with pytest.raises(error):
        _decoded(body, header, cuts=(1, 5_000))
