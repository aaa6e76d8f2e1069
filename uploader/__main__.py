"""Run the command line: ``python -m uploader``."""

import sys

from uploader.commands.exit_codes import EXIT_INTERRUPTED


def main() -> None:
    """Run the command line."""
    try:
        # Not above: each process that decodes begins by importing what the program began with.
        from uploader.cli import main as run_command  # noqa: PLC0415

        run_command()
    except KeyboardInterrupt:
        # While the imports went on, which takes seconds; later ones are caught by the command.
        sys.stderr.write("Interrupted. Run the same command again to go on.\n")
        sys.exit(EXIT_INTERRUPTED)


if __name__ == "__main__":
    main()
