"""The matcher and the review ask strangers for images only if they say who asks."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pytest

from paintings_dedupe.common.web.addresses import AddressRule
from paintings_dedupe.common.web.strangers import NoContactError
from uploader.flow.limits import Limits
from uploader.flow.places import run_on_loop
from uploader.flow.stop import Stop
from uploader.reading.folder import FolderSource
from uploader.reading.reader import ImageReader, Seen, Web
from uploader.web.proxies import NO_PROXIES


@dataclass(frozen=True)
class _Image:
    url: str


IMAGES = [_Image(f"https://museum.org/{number}.jpg") for number in range(6)]
WEB = Web(Limits(), AddressRule(), "", True, NO_PROXIES)


def _looked_at(reader: ImageReader, *rounds: list[_Image]) -> dict[str, bytes | None]:
    found: dict[str, bytes | None] = {}

    def take(image: _Image, seen: Seen[bytes]) -> None:
        found[image.url] = seen.result

    async def go() -> None:
        async with reader.looking(lambda _, data: data, Stop()) as look:
            for images in rounds:
                await look(images, take)

    run_on_loop(go())
    return found


def test_without_a_contact_address_nothing_is_asked_for() -> None:
    with pytest.raises(NoContactError, match=r"such as museum\.org for more than 5 images"):
        _looked_at(ImageReader(WEB), IMAGES)


def test_what_is_in_the_folder_needs_no_contact_address(tmp_path: Path) -> None:
    for image in IMAGES:
        (tmp_path / image.url.rpartition("/")[2]).write_bytes(image.url.encode())
    reader = ImageReader(WEB, FolderSource(tmp_path, "https://museum.org"))
    assert _looked_at(reader, IMAGES) == {image.url: image.url.encode() for image in IMAGES}
