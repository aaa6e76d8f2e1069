"""Files take the place of downloads only if they are those of the URL."""

from __future__ import annotations

from pathlib import Path

import pytest

from uploader.reading.folder import FolderSource, UnreadableFileError, read_file


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    images = tmp_path / "images"
    (images / "Camille Pissarro").mkdir(parents=True)
    (images / "Camille Pissarro" / "é 100%.jpg").write_bytes(b"picture")
    (tmp_path / "secret.jpg").write_bytes(b"secret")
    (images / "link.jpg").symlink_to(tmp_path / "secret.jpg")
    return images


@pytest.mark.parametrize(
    ("url", "found"),
    [
        ("http://a/art/Camille%20Pissarro/%C3%A9%20100%25.jpg", "Camille Pissarro/é 100%.jpg"),
        ("http://a/art/Camille%20Pissarro/missing.jpg", None),
        ("http://a/art/Camille%20Pissarro", None),
        ("http://a/artless/Camille%20Pissarro/%C3%A9%20100%25.jpg", None),
        ("http://b/art/Camille%20Pissarro/%C3%A9%20100%25.jpg", None),
        ("http://a/art/../secret.jpg", None),
        ("http://a/art/%2e%2e%2fsecret.jpg", None),
        ("http://a/art//etc/passwd", None),
        ("http://a/art/link.jpg", None),
        ("http://a/art/Camille%20Pissarro%2F%C3%A9%20100%25.jpg", None),
        ("http://a/art/%00", None),
        (f"http://a/art/{'x' * 300}.jpg", None),
    ],
)
@pytest.mark.parametrize("prefix", ["http://a/art", "http://a/art/"])
def test_a_url_leads_to_its_file_and_never_out_of_the_folder(
    folder: Path, prefix: str, url: str, found: str | None
) -> None:
    expected = folder / found if found else None
    assert FolderSource(folder, prefix).path_of(url) == expected


def test_a_folder_that_is_served_elsewhere_has_none_of_the_images(folder: Path) -> None:
    """A misspelt option would otherwise download everything without a word."""
    urls = ["http://a/art/missing.jpg", "http://a/art/Camille%20Pissarro/%C3%A9%20100%25.jpg"]
    assert FolderSource(folder, "http://a/art").has_any(urls)
    assert not FolderSource(folder, "http://a/misspelt").has_any(urls)
    assert not FolderSource(folder / "Camille Pissarro", "http://a/art").has_any(urls)


def test_a_file_that_is_too_large_or_gone_is_an_error(folder: Path) -> None:
    path = folder / "Camille Pissarro" / "é 100%.jpg"
    assert read_file(path, 7) == b"picture"
    with pytest.raises(UnreadableFileError, match="larger than 6 bytes"):
        read_file(path, 6)
    with pytest.raises(UnreadableFileError, match="No such file"):
        read_file(folder / "gone.jpg", 7)
