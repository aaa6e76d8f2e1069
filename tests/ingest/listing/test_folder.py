"""From a folder of images to candidates: artists, names, URLs, and what is left out."""

from __future__ import annotations

import ipaddress
import os
import unicodedata
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from paintings_dedupe.common.web.addresses import AddressRule
from paintings_dedupe.ingest.listing.candidates import UnreadableError
from paintings_dedupe.ingest.listing.folder import list_folder
from paintings_dedupe.ingest.web.download import Downloader
from paintings_dedupe.ingest.web.session import new_session
from tests.helpers.http_server import serving_folder

PREFIX = "https://example.org/art"
MAX_BYTES = 1000

NASTY_NAMES = [
    "plain.png",
    "a b.png",
    "50%.png",
    "%41.png",
    "%2e%2e.png",
    "no. #1.png",
    "why?.png",
    "a+b&c=d;e.png",
    "plus+.png",
    'it\'s "quoted".png',
    "back\\slash.png",
    "semi:colon.png",
    "Ünïcode 絵.png",
    "e\u0301 decomposed.png",
    "\N{ARTIST PALETTE}.png",
    "line\nbreak.png",
    "...",
    "no extension",
    "~tilde!*().png",
]


def _put(root: Path, path: str, data: bytes = b"bytes") -> Path:
    file = root / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(data)
    return file


def _skipped(root: Path) -> dict[str, str]:
    return {skip.where: skip.reason for skip in list_folder(root, PREFIX, MAX_BYTES).skipped}


def test_folder_and_file_name_make_artist_name_and_url(images: Path) -> None:
    _put(images, "Berthe Morisot/1872/The Cradle.v2.jpg")
    (candidate,) = list_folder(images, PREFIX, MAX_BYTES).candidates
    assert candidate.artist == "Berthe Morisot"
    assert candidate.name == "The Cradle.v2"
    assert candidate.url == f"{PREFIX}/Berthe%20Morisot/1872/The%20Cradle.v2.jpg"
    assert candidate.where == "Berthe Morisot/1872/The Cradle.v2.jpg"


def test_a_slash_at_the_end_of_the_prefix_is_not_doubled(images: Path) -> None:
    _put(images, "A/b.png")
    (candidate,) = list_folder(images, f"{PREFIX}/", MAX_BYTES).candidates
    assert candidate.url == f"{PREFIX}/A/b.png"


def test_candidates_come_sorted_by_path_and_not_by_depth(images: Path) -> None:
    for path in ("B/a.png", "A/z.png", "A/m/q.png", "A/b.png", "a/a.png"):
        _put(images, path)
    found = [candidate.where for candidate in list_folder(images, PREFIX, MAX_BYTES).candidates]
    assert found == ["A/b.png", "A/m/q.png", "A/z.png", "B/a.png", "a/a.png"]


def test_one_artist_in_two_spellings_is_one_artist(images: Path) -> None:
    """A file system may keep both; the table must not count the painter twice."""
    composed = unicodedata.normalize("NFC", "Dürer")
    decomposed = unicodedata.normalize("NFD", "Dürer")
    _put(images, f"{composed}/a.png")
    _put(images, f"{decomposed}/b.png")
    _put(images, f" {composed} /c.png")
    candidates = list_folder(images, PREFIX, MAX_BYTES).candidates
    assert [candidate.artist for candidate in candidates] == [composed] * 3
    # The address keeps the bytes of the file system: only those lead to the file.
    assert len({candidate.url.rsplit("/", 1)[0] for candidate in candidates}) == 3


@given(
    parts=st.lists(
        st.text(st.characters(exclude_characters="/\0", codec="utf-8"), min_size=1),
        min_size=2,
        max_size=4,
    )
)
def test_a_url_decodes_to_the_path_it_was_made_of(
    tmp_path_factory: pytest.TempPathFactory, parts: list[str]
) -> None:
    # A letter in front keeps names from being hidden, ".." or blank; 50 keeps them short enough.
    path = "/".join(f"x{part}"[:50] for part in parts)
    root = tmp_path_factory.mktemp("root")
    _put(root, path)
    (candidate,) = list_folder(root, "http://host/base", MAX_BYTES).candidates
    split = urlsplit(candidate.url)
    assert unquote(split.path, errors="strict") == f"/base/{path}"
    assert (split.query, split.fragment) == ("", "")
    assert candidate.url.isascii()


def test_each_url_downloads_its_own_file(images: Path) -> None:
    names = [name for name in NASTY_NAMES if not name.startswith(".")]
    for name in names:
        _put(images, f"Ar #1? 100%/sub {name}/{name}", data=name.encode())
    with serving_folder(images) as host, new_session(1, "me@example.org") as session:
        rule = AddressRule((ipaddress.ip_network("127.0.0.1"),))
        download = Downloader(session, rule=rule)
        candidates = list_folder(images, host, MAX_BYTES).candidates
        bodies = {download(candidate.url).decode() for candidate in candidates}
        for candidate in candidates:
            assert download(candidate.url) == candidate.load()
    assert bodies == set(names)


def test_what_cannot_be_a_painting_is_skipped_with_its_reason(images: Path) -> None:
    _put(images, ".DS_Store")
    _put(images, ".git/objects/a.png")
    _put(images, "A/.hidden.png")
    _put(images, "A/._a.png")
    _put(images, "loose.png")
    _put(images, "  /a.png")
    _put(images, "A/good.png")
    assert _skipped(images) == {
        ".DS_Store": "hidden",
        ".git": "hidden",
        "A/.hidden.png": "hidden",
        "A/._a.png": "hidden",
        "loose.png": "not in an artist's folder: move it into DIR/ARTIST/",
        "  /a.png": "the artist's folder has a blank name",
    }


SYSTEM_FOLDERS = (
    "@eaDir",
    "@EADIR",
    "#recycle",
    "#Snapshot",
    "@Recycle",
    "__MACOSX",
    "$RECYCLE.BIN",
    "System Volume Information",
    "lost+found",
    "FOUND.000",
    "LOST.DIR",
)


def test_what_systems_and_file_servers_leave_is_no_artist(images: Path) -> None:
    """Thumbnails and deleted files would become artists of their own, and twins of paintings."""
    for name in SYSTEM_FOLDERS:
        _put(images, f"{name}/a.png")
        _put(images, f"Claude Monet/{name}/a.png")
    _put(images, "Claude Monet/Thumbs.db")
    for name in (".Trashes", ".Spotlight-V100", ".thumbnails"):
        _put(images, f"{name}/a.png")
    # Artists all the same.
    for name in ("@home", "#1", "Found", "Recycled Arts", "thumbs"):
        _put(images, f"{name}/a.png")
    listing = list_folder(images, PREFIX, MAX_BYTES)
    assert {candidate.artist for candidate in listing.candidates} == {
        "@home",
        "#1",
        "Found",
        "Recycled Arts",
        "thumbs",
    }
    reasons = {skip.where: skip.reason for skip in listing.skipped}
    assert reasons["@eaDir"] == "made by the system or a file server: @eaDir"
    assert len(reasons) == 2 * len(SYSTEM_FOLDERS) + 4


def test_links_may_not_leave_the_folder(images: Path, tmp_path: Path) -> None:
    secret = _put(tmp_path, "secret/A/s.png")
    inside = _put(images, "A/real.png")
    (images / "B").mkdir()
    (images / "B/file out.png").symlink_to(secret)
    (images / "B/folder out").symlink_to(secret.parent)
    (images / "Artist out").symlink_to(secret.parent)
    (images / "B/up").symlink_to("../..")
    # A sibling folder whose path merely begins like the root's.
    (images / "B/sibling.png").symlink_to(_put(tmp_path, "images-2/a.png"))
    (images / "B/in.png").symlink_to(inside)
    (images / "B/round").symlink_to(images)
    (images / "B/broken.png").symlink_to("nothing.png")
    (images / "B/self.png").symlink_to("self.png")
    listing = list_folder(images, PREFIX, MAX_BYTES)
    assert [candidate.where for candidate in listing.candidates] == ["A/real.png", "B/in.png"]
    leaves = "a link that leaves the folder"
    assert _skipped(images) == {
        "Artist out": leaves,
        "B/file out.png": leaves,
        "B/folder out": leaves,
        "B/up": leaves,
        "B/sibling.png": leaves,
        "B/round": "a link to a folder",
        "B/broken.png": "a broken link",
        "B/self.png": "a broken link",
    }


def test_a_root_that_is_itself_a_link_works(images: Path, tmp_path: Path) -> None:
    _put(images, "A/a.png")
    (images / "A/b.png").symlink_to("a.png")
    link = tmp_path / "link"
    link.symlink_to(images)
    assert len(list_folder(link, PREFIX, MAX_BYTES).candidates) == 2


def test_a_name_that_is_not_utf_8_is_skipped(images: Path) -> None:
    try:
        for name in (b"A/caf\xe9.png", b"caf\xe9/a.png"):
            file = os.path.join(os.fsencode(images), name)
            os.makedirs(os.path.dirname(file), exist_ok=True)
            Path(os.fsdecode(file)).write_bytes(b"bytes")
    except OSError:
        pytest.skip("this file system refuses names that are not UTF-8")
    reason = "the name is not valid UTF-8"
    assert _skipped(images) == {"A/caf\\xe9.png": reason, "caf\\xe9": reason}
    assert list_folder(images, PREFIX, MAX_BYTES).candidates == ()


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no named pipes on this system")
def test_a_pipe_is_not_opened(images: Path) -> None:
    (images / "A").mkdir()
    os.mkfifo(images / "A/pipe.png")
    assert _skipped(images) == {"A/pipe.png": "not a regular file"}


def test_a_folder_named_like_an_image_is_a_folder(images: Path) -> None:
    _put(images, "A/b.png/c.png")
    (images / "A/empty.png").mkdir()
    listing = list_folder(images, PREFIX, MAX_BYTES)
    assert [candidate.where for candidate in listing.candidates] == ["A/b.png/c.png"]
    assert listing.skipped == ()


def test_a_file_gone_since_the_listing_is_unreadable(images: Path) -> None:
    file = _put(images, "A/a.png")
    (candidate,) = list_folder(images, PREFIX, MAX_BYTES).candidates
    file.unlink()
    with pytest.raises(UnreadableError, match="file cannot be read: No such file"):
        candidate.load()


def test_the_byte_limit_is_exact(images: Path) -> None:
    _put(images, "A/a.png", bytes(MAX_BYTES))
    _put(images, "A/b.png", bytes(MAX_BYTES + 1))
    fits, too_large = list_folder(images, PREFIX, MAX_BYTES).candidates
    assert len(fits.load()) == MAX_BYTES
    with pytest.raises(UnreadableError, match="larger than 1,000 bytes"):
        too_large.load()
