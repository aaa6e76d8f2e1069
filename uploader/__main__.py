"""Run the command line: ``python -m uploader``."""


def main() -> None:
    """Run the command line."""
    # Not above: each process that decodes begins by importing what the program began with.
    from uploader.cli import main as run_command  # noqa: PLC0415

    run_command()


if __name__ == "__main__":
    main()
