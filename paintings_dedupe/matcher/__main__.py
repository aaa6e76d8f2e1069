"""Run the matcher: ``paintings-match``."""

import sys

from paintings_dedupe.common.exit_codes import EXIT_INTERRUPTED, EXIT_USAGE
from paintings_dedupe.common.imports import quick_imports
from paintings_dedupe.common.signals import interrupt_on_sigterm


def main() -> None:
    """Run the command line."""
    interrupt_on_sigterm()
    try:
        # Imported here, because each process that looks at images imports this module again.
        with quick_imports():
            from paintings_dedupe.matcher.cli import main as run_command  # noqa: PLC0415
    except KeyboardInterrupt:
        # An interrupt during the imports, which take seconds. `run_command` handles later ones.
        sys.stderr.write("Interrupted. Run the same command again to go on.\n")
        sys.exit(EXIT_INTERRUPTED)
    except ModuleNotFoundError as error:
        if error.name != "cv2":
            raise
        sys.stderr.write(
            "Error: The matcher needs OpenCV, which is not installed. Run `make setup`, or install "
            "paintings-dedupe with its extra `matcher`.\n"
        )
        sys.exit(EXIT_USAGE)
    run_command()


if __name__ == "__main__":
    main()
