"""Run the command line: ``python -m uploader``."""

from uploader.cli import main

main()
