"""Limit how many of the published images one run may take away."""

from __future__ import annotations

from dataclasses import dataclass

from uploader.ledger.ledger import Ledger
from uploader.stores import StoreError

DEFAULT_SHARE = 20
_ALWAYS_ALLOWED = 2


class DropError(StoreError):
    """A run would take away more than it may; the message has the numbers and the remedy."""


@dataclass(frozen=True)
class DropLimit:
    """How many images a run may drop: from the manifest, and by --prune from the store.

    Attributes
    ----------
    number, is_share
        So many images, or so many percent of them. Without a number: 20 %, and two images in
        any case, as long as one is left.
    """

    number: float | None = None
    is_share: bool = False

    def allows(self, dropped: int, published: int) -> bool:
        """Whether so many of the published images may be dropped."""
        if self.number is None:
            share = 100 * dropped <= DEFAULT_SHARE * published
            return share or (dropped <= _ALWAYS_ALLOWED and dropped < published)
        if self.is_share:
            # Not divided by 100: 29 / 100 * 100 is less than 29.
            return 100 * dropped <= self.number * published
        return dropped <= self.number

    def check_manifest(self, ledger: Ledger, by_results: bool) -> None:
        """Compare what is in the manifest that stands with what will be.

        Parameters
        ----------
        by_results
            Whether the new manifest is made of results; else of all rows that are eligible.

        Raises
        ------
        DropError
            When too much is missing.
        """
        dropped, published = ledger.dropped(by_results)
        self._check(dropped, published, "drop {} published images from the manifest")

    def check_prune(self, ledger: Ledger) -> None:
        """Compare what --prune would delete with what is in the store of ours.

        Raises
        ------
        DropError
            When it is too much.
        """
        deleted = sum(1 for _ in ledger.stale(ours=True))
        self._check(deleted, ledger.ours(), "delete {} images of earlier manifests")

    def _check(self, dropped: int, published: int, what: str) -> None:
        if self.allows(dropped, published):
            return
        of = what.format(f"{dropped:,} of {published:,}")
        allowed = (
            f"{DEFAULT_SHARE}%" if self.number is None else f"{self.number:g}{'%' * self.is_share}"
        )
        raise DropError(
            f"this run would {of}, more than {allowed}: no eligible row of the table has them any "
            "more. Check that this is the right table, built with the right vars, and that "
            f"--formats and --train-share are unchanged. If so, add --max-dropped {dropped}"
        )


DEFAULT_LIMIT = DropLimit()
