"""Fetch the images of which the cache has no thumbnails, so that it has them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from rich.console import Console

from paintings_dedupe.common.progress import progress
from paintings_dedupe.common.terminal import say
from paintings_dedupe.common.web.redaction import redact_url
from paintings_dedupe.review.cache import Cache
from paintings_dedupe.review.images import ShownImage
from paintings_dedupe.review.shrinking import SHRINKING, Thumbnails
from uploader.flow.places import run_on_loop
from uploader.flow.stop import Stop
from uploader.reading.reader import ImageReader, Seen

# The page names them all.
_FAILURES_SHOWN = 10


@dataclass(frozen=True)
class Fetch:
    """Makes the thumbnails that a cache lacks, and keeps them there.

    Attributes
    ----------
    cache
        What earlier runs made.
    reader
        Gets the bytes of images.
    processes
        How many processes make thumbnails.
    console
        Where progress is shown.
    """

    cache: Cache
    reader: ImageReader
    processes: int
    console: Console

    def run(self, images: Iterable[ShownImage], stop: Stop) -> dict[str, str]:
        """Make the thumbnails, until `stop` is asked to, as Ctrl-C and SIGTERM do.

        What fails is not kept, so that a later run tries again.

        Returns
        -------
        Why an image has none, by its URL.
        """
        missing: dict[str, str] = {}
        left = self.cache.lacks(images)
        if not left:
            return missing
        with (
            SHRINKING.guarded(self.processes) as shrink,
            progress("Fetching images", len(left), self.console) as advance,
        ):

            def thumbnails_of(image: ShownImage, data: bytes) -> Thumbnails:
                return shrink(data, image.hash)

            def take(image: ShownImage, seen: Seen[Thumbnails]) -> None:
                if seen.result is not None:
                    self.cache.keep(image, seen.result)
                else:
                    missing[image.url] = seen.reason
                    if len(missing) <= _FAILURES_SHOWN:
                        url = redact_url(image.url)
                        say(self.console, f"no thumbnail of {url}: {seen.reason}")
                advance()

            async def go() -> None:
                with stop.on_signals(lambda: say(self.console, "Stopping ...")):
                    async with self.reader.looking(thumbnails_of, stop) as look:
                        await look(left, take)

            run_on_loop(go())
        return missing
