"""Put a file of verdicts that the page saved in the place of the seed."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable
from pathlib import Path

from rich.console import Console

from paintings_dedupe.common.terminal import counted, say
from paintings_dedupe.review.verdicts import (
    Side,
    Verdict,
    VerdictsError,
    read_verdicts,
    verdicts_text,
)

# Of the project's folder.
SEED = Path("seeds", "review_verdicts.csv")
_SHOWN = 10
_HASH_DIGITS_SHOWN = 8


def take_verdicts(file: Path, project: Path, dry_run: bool) -> int:
    """Replace the verdicts of a project by those of a file, say what changes, and return 0.

    Raises
    ------
    VerdictsError
        When the file or the seed is not one of verdicts, or the seed cannot be written.
    """
    console, seed = Console(), project / SEED
    if not seed.parent.is_dir():
        raise VerdictsError(
            f"{seed.parent} does not exist. Name the folder of dbt_project.yml with --project-dir."
        )
    new = read_verdicts(file)
    old = read_verdicts(seed) if seed.exists() else []
    added, removed = _without(new, old), _without(old, new)
    _list(added, "added", console)
    _list(removed, "removed", console)
    # Its lines may be in another order, or end in another way.
    is_same = seed.exists() and seed.read_bytes() == verdicts_text(new).encode()
    if is_same:
        say(console, f"{seed} has these {counted(len(new), 'verdict')} already.")
    elif dry_run:
        say(console, f"Nothing was written. Without --dry-run, {seed} would be replaced.")
    else:
        _replace(seed, verdicts_text(new))
        say(
            console,
            f"{seed} has {counted(len(new), 'verdict')} now. `dbt build` obeys them; `git diff` "
            "shows what changed.",
        )
    return 0


def _without(verdicts: Iterable[Verdict], others: Iterable[Verdict]) -> list[Verdict]:
    known = set(others)
    return sorted((one for one in verdicts if one not in known), key=Verdict.sort_key)


def _list(verdicts: Collection[Verdict], done: str, console: Console) -> None:
    if not verdicts:
        return
    say(console, f"{done}: {counted(len(verdicts), 'verdict')}")
    for verdict in list(verdicts)[:_SHOWN]:
        sides = " and ".join(_name(side) for side in (verdict.image, verdict.other) if side)
        say(console, f"  {verdict.judgement}: {sides}")
    if len(verdicts) > _SHOWN:
        say(console, f"  and {len(verdicts) - _SHOWN:,} more")


def _name(side: Side) -> str:
    return f"{side.artist} {side.hash[:_HASH_DIGITS_SHOWN] or side.url}"


def _replace(seed: Path, text: str) -> None:
    """Write the seed, so that there is never half of it."""
    partly = seed.with_name(f".{seed.name}.partial")
    try:
        partly.write_text(text, encoding="utf-8", newline="\n")
        os.replace(partly, seed)
    except OSError as error:
        raise VerdictsError(f"{seed} cannot be written: {error.strerror}.") from error
    finally:
        partly.unlink(missing_ok=True)
