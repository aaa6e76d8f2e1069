"""Run the command line: ``python -m uploader``."""

import sys

from paintings_dedupe.common.exit_codes import EXIT_INTERRUPTED
from paintings_dedupe.common.imports import quick_imports
from paintings_dedupe.common.signals import interrupt_on_sigterm


def main() -> None:
    """Run the command line."""
    interrupt_on_sigterm()
    try:
        # Imported here, because each decoder process imports this module again.
        with quick_imports():
            from uploader.cli import main as run_command  # noqa: PLC0415

        run_command()
    except KeyboardInterrupt:
        # An interrupt during the imports, which take seconds. `run_command` handles later ones.
        sys.stderr.write("Interrupted. Run the same command again to go on.\n")
        sys.exit(EXIT_INTERRUPTED)


if __name__ == "__main__":
    main()
