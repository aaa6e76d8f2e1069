"""Run the command line: ``python -m uploader``."""

from collections.abc import Callable
from typing import NoReturn

from paintings_dedupe.common.start import start


def _loaded() -> Callable[[], NoReturn]:
    from uploader.cli import main as run_command  # noqa: PLC0415

    return run_command


def main() -> NoReturn:
    """Run the command line."""
    start(_loaded)


if __name__ == "__main__":
    main()
