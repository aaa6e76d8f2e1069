"""Run the command line as `paintings-ingest`."""

import sys

from paintings_dedupe.common.exit_codes import EXIT_INTERRUPTED
from paintings_dedupe.common.imports import quick_imports
from paintings_dedupe.common.signals import interrupt_on_sigterm


def main() -> None:
    """Run the command line."""
    interrupt_on_sigterm()
    try:
        # Imported here, because each process that reads images imports this module again.
        with quick_imports():
            from paintings_dedupe.ingest.cli import main as run_command  # noqa: PLC0415
    except KeyboardInterrupt:
        # An interrupt during the imports. `run_command` handles later ones.
        sys.stderr.write("Interrupted. No table was written, and an existing one is unchanged.\n")
        sys.exit(EXIT_INTERRUPTED)
    run_command()


if __name__ == "__main__":
    main()
