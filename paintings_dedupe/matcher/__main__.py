"""Run the matcher: ``paintings-match``."""

from collections.abc import Callable
from typing import NoReturn

from paintings_dedupe.common.start import start


def _loaded() -> Callable[[], NoReturn]:
    from paintings_dedupe.matcher.cli import main as run_command  # noqa: PLC0415

    return run_command


def main() -> NoReturn:
    """Run the command line."""
    start(_loaded)


if __name__ == "__main__":
    main()
