"""The catalogue of bad inputs: a host or a row, and the outcome that the row must have."""

from __future__ import annotations

from functools import cache

from tests.uploader.faults import cases_of_hosts, cases_of_images, cases_of_rows
from tests.uploader.faults.case import Case


@cache
def cases() -> tuple[Case, ...]:
    """All of them."""
    return (
        *cases_of_hosts.statuses(),
        *cases_of_hosts.pauses(),
        *cases_of_hosts.connections(),
        *cases_of_rows.redirects(),
        *cases_of_rows.addresses(),
        *cases_of_images.contents(),
        *cases_of_images.damage(),
        *cases_of_images.odd(),
        *cases_of_images.hashes(),
        *cases_of_images.bombs(),
        *cases_of_hosts.encodings(),
        *cases_of_hosts.framing(),
        *cases_of_hosts.robots(),
        *cases_of_rows.urls(),
        *cases_of_rows.spellings(),
        *cases_of_rows.secrets(),
        *cases_of_rows.rows(),
    )
