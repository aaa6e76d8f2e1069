"""The command `verify`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from paintings_dedupe.common.exit_codes import EXIT_INCOMPLETE
from paintings_dedupe.common.imports import quick_imports
from uploader.commands.command import UploaderCommand
from uploader.commands.settings import Settings, settings_options

if TYPE_CHECKING:
    from uploader.events.log import Log


@click.command(cls=UploaderCommand)
@settings_options
@click.option(
    "--download", is_flag=True, help="Read all stored images again, and compare their MD5."
)
def verify(settings: Settings, log: Log, download: bool) -> int:
    """Compare store, manifest and table, and name every difference.

    Each line of the manifest must belong to a blob with the published size and MD5, and to a row
    of UniquePaintings with the same name. Each eligible row must be in the manifest, and no other
    image may be in the store.

    Nothing is changed. The last lines give a remedy for each kind of difference.

    \b
    Examples:
      python -m uploader verify --to blobs
      python -m uploader verify --to azure --download

    \b
    Exit codes:
      0    no differences
      1    differences, each of which is named
      2    it could not compare: the settings are wrong, manifest.json is missing, the table is
           missing or empty, the store cannot be read or refuses the sign-in, or nothing was
           published yet
      130  interrupted; run again to compare everything
    """
    # For the help, it would take too long.
    with quick_imports():
        from uploader.auditing.audit import Audit  # noqa: PLC0415
        from uploader.auditing.audit_ledger import AuditLedger  # noqa: PLC0415
        from uploader.flow.places import run_on_loop  # noqa: PLC0415
        from uploader.publishing.manifest import manifest_files  # noqa: PLC0415

    image_set = settings.image_set()
    rules = settings.rules(image_set, any_format=True)
    settings.check_there()
    ledger = AuditLedger()
    settings.fill(ledger, image_set, rules, log)

    async def run() -> int:
        store = settings.store(image_set)
        files = manifest_files(rules.prefix, image_set.manifest)
        try:
            return await Audit(ledger, store, files, rules, log).run(download)
        finally:
            await store.close()

    return EXIT_INCOMPLETE if run_on_loop(run()) else 0
