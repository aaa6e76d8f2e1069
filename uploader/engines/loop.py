"""Work through the rows on one event loop in this process. This is the default engine."""

from __future__ import annotations

from uploader.engines.engine import Job
from uploader.flow.places import Places
from uploader.flow.threads import begun_in_thread, in_thread
from uploader.ledger.records import Task
from uploader.outcomes import Result


class LoopEngine:
    """Processes many rows concurrently, in the order of the ledger."""

    def __init__(self) -> None:
        self._places: Places | None = None

    @property
    def busy(self) -> int:
        """The number of images in flight."""
        return self._places.busy if self._places else 0

    async def run(self, job: Job) -> None:
        """Work through the rows.

        Raises
        ------
        ExceptionGroup
            With a LockLostError of each unfinished row, if the lock is lost.
        """
        if not await in_thread(job.ledger.unfinished):
            return
        tasks = await begun_in_thread(job.ledger.tasks())
        self._places = places = Places(job.work.limits.workers)
        job.stop.then(places.stop)
        async with job.work.opened(job.store, job.lock, places) as transfer:

            async def work(task: Task) -> Result:
                return await transfer(task.plan)

            await places.run(work, tasks, job.record, lambda: bool(job.stop))
