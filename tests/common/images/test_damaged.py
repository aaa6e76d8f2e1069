"""An image is taken only if all of it is there; the hash of a part would be another picture's."""

from __future__ import annotations

import io
import itertools
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageOps, UnidentifiedImageError

from paintings_dedupe.common.images.decode import decode, examine
from paintings_dedupe.common.images.faults import MOST_PARTS, ImageError
from paintings_dedupe.common.images.hash_text import hamming_distance
from paintings_dedupe.common.images.hashing import difference_hashes, finest_hash
from paintings_dedupe.common.images.pictures import turned
from paintings_dedupe.ingest.measuring.measure import measure
from tests.helpers import zoo
from tests.helpers.examples import examples
from uploader.images.check import Claim, check
from uploader.table.plan import FORMATS

_REAL = Path(__file__).parents[4] / "shared" / "data" / "real-paintings" / "images"
_MAX_PIXELS = 1_000_000
# How far the hash of a JPEG decoded at a reduced size may be from that in full, of 128 bits.
_REDUCED_BITS = 7
SOUND, DAMAGED = zoo.sound(), zoo.damaged()


def _takes(work: Callable[[], object]) -> str:
    """Empty where it does, else why not."""
    try:
        work()
    except ImageError as error:
        return str(error)
    return ""


def _ingest(data: bytes) -> str:
    return _takes(lambda: measure(data, _MAX_PIXELS))


def _uploader(data: bytes) -> str:
    claim = Claim("jpeg", frozenset(FORMATS), True, "", 128)
    return _takes(lambda: check(data, claim))


@pytest.mark.parametrize(("kind", "name"), SOUND)
def test_a_whole_image_is_taken_by_both(kind: str, name: str) -> None:
    """What ingest measures, the uploader finds to be the picture that was measured."""
    data = SOUND[kind, name]
    measured = measure(data, _MAX_PIXELS)
    claim = Claim(kind, frozenset(FORMATS), False, measured.hashes[0], _REDUCED_BITS)
    verified = check(data, claim)
    assert measured.encoding_format == verified.image_format == kind
    assert (measured.width, measured.height) == (verified.width, verified.height)


@pytest.mark.parametrize(("kind", "name"), SOUND)
def test_the_picture_is_the_one_that_pillow_shows(kind: str, name: str) -> None:
    try:
        with Image.open(io.BytesIO(SOUND[kind, name])) as image:
            shown = ImageOps.exif_transpose(image)
    except (UnidentifiedImageError, ValueError, OSError):
        # What is large, or of a wrong checksum, or behind the picture, stops Pillow.
        shown = zoo.NOISY
    decoded = decode(SOUND[kind, name])
    assert decoded.image.size == shown.size == (decoded.width, decoded.height)
    assert hamming_distance(finest_hash(decoded.image), finest_hash(shown)) <= 4


@pytest.mark.parametrize(("kind", "name"), DAMAGED)
def test_a_damaged_image_is_refused_by_both(kind: str, name: str) -> None:
    for refuses in (_ingest, _uploader):
        assert refuses(DAMAGED[kind, name]).startswith("corrupt: ")


@pytest.mark.parametrize(
    ("kind", "start", "part"),
    [
        ("jpeg", 2, b"\xff\xfe\0\2"),
        ("png", 33, zoo.chunk(b"teXt", b"")),
        ("gif", -1, b"\x21\xfe\0"),
    ],
    ids=["jpeg", "png", "gif"],
)
def test_a_file_of_countless_empty_parts_is_refused(kind: str, start: int, part: bytes) -> None:
    """As many as fit into 64 MiB would take gigabytes of memory."""
    plain = zoo.saved(zoo.NOISY, kind.upper())
    few, many = (plain[:start] + part * count + plain[start:] for count in (1_000, MOST_PARTS))
    for refuses in (_ingest, _uploader):
        assert refuses(few) == ""
        assert refuses(many).startswith("too many parts")


@pytest.mark.parametrize("name", zoo.unsupported_jpegs())
def test_a_kind_of_jpeg_that_no_browser_shows_is_named(name: str) -> None:
    data = zoo.unsupported_jpegs()[name]
    for refuses in (_ingest, _uploader):
        assert "not supported" in refuses(data)


@pytest.mark.filterwarnings("ignore")
@examples(300)
@given(
    file=st.sampled_from(sorted(SOUND)),
    places=st.lists(st.floats(0, 1, exclude_max=True), max_size=4),
    byte=st.integers(0, 255),
    kept=st.one_of(st.just(1.0), st.floats(0, 1)),
)
def test_ingest_and_uploader_agree_on_any_damage(
    file: tuple[str, str], places: list[float], byte: int, kept: float
) -> None:
    """One of them would otherwise list what the other refuses."""
    data = bytearray(SOUND[file])
    for place in places:
        data[int(place * len(data))] = byte
    data = data[: int(len(data) * kept)]
    ingest, uploader = _ingest(bytes(data)), _uploader(bytes(data))
    # Only the list of formats that are accepted differs.
    assert ingest.partition(" (")[0] == uploader.partition(" (")[0]


def test_no_byte_of_a_scan_may_lack() -> None:
    """Whichever is the last that came; an end marker follows it, as a careless server adds."""
    data = zoo.sound_jpegs()["plain"]
    for kept in range(data.index(b"\xff\xda") + 20, len(data) - 2, 97):
        assert _uploader(data[:kept] + zoo.EOI).startswith("corrupt: "), kept


def test_a_progressive_jpeg_needs_each_of_its_scans() -> None:
    """Without any one of them, it still decodes, without a word from libjpeg."""
    data = zoo.sound_jpegs()["progressive"]
    starts = [*zoo.scans_of(data), len(data) - 2]
    for start, end in itertools.pairwise(starts):
        # The tables before the next scan stay.
        tables = data.find(b"\xff\xc4", start, end)
        rest = data[tables:] if tables > 0 else data[end:]
        assert _uploader(data[:start] + rest).startswith("corrupt: scans are missing") or _uploader(
            data[:start] + rest
        ).startswith("corrupt: a scan does not continue")


def _real_jpegs() -> list[Path]:
    if not _REAL.is_dir():
        pytest.skip("the real paintings are not beside the checkout")
    return [p for p in sorted(_REAL.rglob("*.jp*g")) if p.read_bytes()[:3] == b"\xff\xd8\xff"]


def test_real_paintings_are_whole_and_decode_as_pillow_decodes_them() -> None:
    """Reduced, they are bit for bit what Pillow's own draft is; in full, Pillow decodes them."""
    for path in _real_jpegs()[::3]:
        data = path.read_bytes()
        whole = examine(data)
        with Image.open(io.BytesIO(data)) as draft:
            draft.draft("L", (48, 48))
            expected = draft.convert("L") if draft.mode != "L" else draft
            assert whole.reduced.tobytes() == expected.tobytes(), path
        with Image.open(io.BytesIO(data)) as image:
            assert whole.full().tobytes() == image.tobytes(), path
        finest = difference_hashes(whole.full())[8]
        assert hamming_distance(finest_hash(whole.reduced), finest) <= _REDUCED_BITS, path


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("image_format", ["JPEG", "PNG", "WEBP", "TIFF"])
def test_a_turned_image_is_measured_as_it_is_shown(image_format: str, orientation: int) -> None:
    """Else the copy of a photograph that a program turned for good is another painting."""
    data = zoo.saved(zoo.NOISY, image_format, exif=zoo.exif(orientation))
    for_good = zoo.saved(turned(zoo.NOISY, orientation), image_format)
    measured, expected = measure(data, _MAX_PIXELS), measure(for_good, _MAX_PIXELS)
    assert (measured.width, measured.height) == (expected.width, expected.height)
    # WebP loses more on the way.
    assert hamming_distance(measured.hashes[0], expected.hashes[0]) <= 10


def test_a_row_that_was_hashed_as_stored_is_the_same_picture() -> None:
    """Tables of other programs, and older ones of ours, do not turn what they hash."""
    data = zoo.saved(zoo.NOISY, "JPEG", exif=zoo.exif(6))
    for finest in (finest_hash(zoo.NOISY), finest_hash(zoo.NOISY.rotate(-90, expand=True))):
        check(data, Claim("jpeg", frozenset(FORMATS), False, finest, 8))


def test_eight_paintings_in_16_bits_stay_eight() -> None:
    """Pillow's own conversion to 8 bits makes all of them white."""
    hashes = set()
    for seed in range(8):
        shades = np.random.default_rng(seed).integers(0, 65_536, (9, 9), np.uint16)
        pixels = np.kron(shades, np.ones((8, 8), np.uint16)).astype(">u2")
        hashes.add(measure(zoo.png(pixels, 0, 16), _MAX_PIXELS).hashes)
    assert len(hashes) == 8
    assert not any(hashes_[0] == "0" * 32 for hashes_ in hashes)
