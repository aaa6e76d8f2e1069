"""Limit how many published images a run may drop."""

from __future__ import annotations

from dataclasses import dataclass

from uploader.ledger.ledger import Ledger
from uploader.stores import StoreError

DEFAULT_SHARE = 20
_ALWAYS_ALLOWED = 2
_GONE = (
    "no eligible row of the table has them any more. Check that this is the right table, built "
    "with the right vars, and that --formats and --train-share are unchanged. If so"
)
_FAILED = (
    "their rows failed in this run, or are in the table no more. Run again when the images can be "
    "downloaded. If they are gone for good"
)


class DropError(StoreError):
    """A run would drop too many images. The message gives the numbers and the remedy."""


@dataclass(frozen=True)
class DropLimit:
    """The maximum number of images that a run may drop from the manifest or delete by --prune.

    Attributes
    ----------
    number, is_share
        A number of images or, if `is_share`, a percentage. None means 20 %, or two images if that
        is more, but never all.
    """

    number: float | None = None
    is_share: bool = False

    def allows(self, dropped: int, published: int) -> bool:
        """Whether `dropped` of `published` images may be dropped."""
        if self.number is None:
            share = 100 * dropped <= DEFAULT_SHARE * published
            return share or (dropped <= _ALWAYS_ALLOWED and dropped < published)
        if self.is_share:
            # A division would lose precision: 29 / 100 * 100 is less than 29.
            return 100 * dropped <= self.number * published
        return dropped <= self.number

    def check_manifest(self, ledger: Ledger, by_results: bool) -> None:
        """Check how many images of the current manifest the new one would lack.

        Parameters
        ----------
        by_results
            Whether the new manifest lists the rows in the store; otherwise all eligible rows.

        Raises
        ------
        DropError
            If there are too many.
        """
        dropped, published = ledger.dropped(by_results)
        what = "drop {} published images from the manifest"
        self._check(dropped, published, what, _FAILED if by_results else _GONE)

    def check_prune(self, ledger: Ledger) -> None:
        """Check how many of our images in the store --prune would delete.

        Raises
        ------
        DropError
            If there are too many.
        """
        deleted = sum(1 for _ in ledger.stale(ours=True))
        self._check(deleted, ledger.ours(), "delete {} images of earlier manifests", _GONE)

    def _check(self, dropped: int, published: int, what: str, why: str) -> None:
        if self.allows(dropped, published):
            return
        of = what.format(f"{dropped:,} of {published:,}")
        allowed = (
            f"{DEFAULT_SHARE}%" if self.number is None else f"{self.number:g}{'%' * self.is_share}"
        )
        raise DropError(
            f"this run would {of}, more than {allowed}: {why}, add --max-dropped {dropped}"
        )


DEFAULT_LIMIT = DropLimit()
