"""Carry one row through: plan, download, verify, store."""

from __future__ import annotations

from dataclasses import dataclass

import requests

from common.download import DownloadError, download
from common.images import ImageError
from uploader.outcomes import Outcome, Result
from uploader.plan import Plan, Rules, plan
from uploader.rows import Painting
from uploader.stores import Store, StoreError
from uploader.verify import verify


@dataclass(frozen=True)
class Transfer:
    """The work on a row, callable from many threads.

    Attributes
    ----------
    rules
        What holds for every row.
    session
        Makes the downloads.
    store
        Keeps the blobs.
    max_bytes
        The largest image accepted.
    """

    rules: Rules
    session: requests.Session
    store: Store
    max_bytes: int

    def __call__(self, painting: Painting) -> Result:
        """Return what became of the row; no fault of a row is raised."""
        planned = plan(painting, self.rules)
        if isinstance(planned, Result):
            return planned
        try:
            return self._carry(planned)
        except ImageError as error:
            return Result(painting, Outcome.REFUSED, str(error))
        except (DownloadError, StoreError) as error:
            return Result(painting, Outcome.FAILED, str(error))

    def _carry(self, planned: Plan) -> Result:
        data = download(planned.painting.url, self.session, self.max_bytes)
        image = verify(data, planned.image_format)
        self.store.put(planned.blob_name, data, f"image/{image.image_format}", image.md5)
        return Result(
            planned.painting,
            Outcome.UPLOADED,
            blob_name=planned.blob_name,
            size=len(data),
            md5=image.md5,
            width=image.width,
            height=image.height,
        )
