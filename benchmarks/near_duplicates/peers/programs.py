"""How each other program is called.

Its package is imported only where it is used: each runs in a process of its own, and may be absent.
"""

from __future__ import annotations

import base64
import importlib
import importlib.util
import sys
import types
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import combinations
from pathlib import Path
from typing import Any

Link = tuple[float, int, int]
Compare = Callable[[Sequence[str], Sequence[tuple[int, int]]], Iterable[Link]]
"""Takes the files and the pairs that count; returns how far pairs are apart, if they were found."""


@dataclass(frozen=True)
class Peer:
    """Another program.

    Attributes
    ----------
    package
        The name of its distribution.
    modules
        What is imported before its time is taken.
    limit
        The largest distance that it takes for a copy, by default.
    settings
        Ways to run it, the default first. `{limit}` stands for the largest distance.
    prepare
        Called before `modules` are imported.
    """

    package: str
    modules: tuple[str, ...]
    limit: float
    settings: Mapping[str, Compare]
    prepare: Callable[[], None] = field(default=lambda: None)

    def load(self) -> None:
        """Import it, so that this is not counted as work."""
        self.prepare()
        for module in self.modules:
            importlib.import_module(module)


def _hashes(hash_file: Callable[[str], Any], files: Sequence[str]) -> list[Any]:
    """The hash of each file; None if it cannot be read."""
    hashes: list[Any] = []
    for file in files:
        try:
            hashes.append(hash_file(file))
        except (OSError, ValueError):
            hashes.append(None)
    return hashes


def _bit_distances(
    hash_file: Callable[[str], Any], files: Sequence[str], pairs: Sequence[tuple[int, int]]
) -> Iterable[Link]:
    """Count the bits in which hashes differ."""
    import numpy as np  # noqa: PLC0415

    hashes = _hashes(lambda file: np.asarray(hash_file(file), dtype=bool).ravel(), files)
    for one, other in pairs:
        left, right = hashes[one], hashes[other]
        if left is not None and right is not None:
            yield int((left != right).sum()), one, other


def _groups(groups: Iterable[Iterable[str]], files: Sequence[str]) -> Iterable[Link]:
    """The pairs in groups of paths."""
    places = {str(Path(file).resolve()): place for place, file in enumerate(files)}
    for group in groups:
        members = sorted(places[str(Path(path).resolve())] for path in group)
        for one, other in combinations(members, 2):
            yield 0, one, other


def _bits_of(text: str) -> list[bool]:
    return [bit == "1" for bit in f"{int(text, 16):0{4 * len(text)}b}"]


# --- imagehash ---


def _imagehash(name: str, size: int) -> Compare:
    def hash_file(file: str) -> Any:
        import imagehash  # noqa: PLC0415
        from PIL import Image  # noqa: PLC0415

        return getattr(imagehash, name)(Image.open(file), size).hash

    return partial(_bit_distances, hash_file)


def _imagehash_peer(name: str) -> Peer:
    sizes = {"<= {limit} of 64 bits": 8, "<= {limit} of 256 bits": 16}
    if name == "colorhash":
        sizes = {"<= {limit} of 42 bits": 3, "<= {limit} of 84 bits": 6}
    # It has no default. Its README shows images whose hashes are equal.
    settings = {setting: _imagehash(name, size) for setting, size in sizes.items()}
    return Peer("imagehash", ("imagehash", "scipy.fftpack", "pywt"), 0, settings)


def _crop_resistant(files: Sequence[str], pairs: Sequence[tuple[int, int]]) -> Iterable[Link]:
    """The distance of the two segments that are most alike: one is enough for its `matches`."""
    import imagehash  # noqa: PLC0415
    from PIL import Image  # noqa: PLC0415

    hashes = _hashes(
        lambda file: imagehash.crop_resistant_hash(Image.open(file)).segment_hashes, files
    )
    for one, other in pairs:
        if hashes[one] and hashes[other]:
            bits = min(int(left - right) for left in hashes[one] for right in hashes[other])
            yield bits, one, other


# --- PDQ ---


def _pdq(files: Sequence[str], pairs: Sequence[tuple[int, int]]) -> Iterable[Link]:
    import numpy as np  # noqa: PLC0415
    import pdqhash  # noqa: PLC0415
    from PIL import Image  # noqa: PLC0415

    return _bit_distances(
        lambda file: pdqhash.compute(np.asarray(Image.open(file).convert("RGB")))[0], files, pairs
    )


# --- imagededup ---


def _without_networks() -> None:
    """Let the hashes of imagededup be imported without PyTorch, which only its networks need."""
    package = importlib.util.find_spec("imagededup")
    if package is None or package.submodule_search_locations is None:
        return
    for part in ("methods", "utils"):
        module = types.ModuleType(f"imagededup.{part}")
        module.__path__ = [f"{package.submodule_search_locations[0]}/{part}"]
        sys.modules[module.__name__] = module


def _imagededup(name: str) -> Peer:
    def compare(files: Sequence[str], pairs: Sequence[tuple[int, int]]) -> Iterable[Link]:
        method = getattr(sys.modules["imagededup.methods.hashing"], name)(verbose=False)

        def hash_file(file: str) -> list[bool]:
            text = method.encode_image(image_file=file)
            if text is None:
                raise ValueError(f"{file} cannot be read")
            return _bits_of(text)

        return _bit_distances(hash_file, files, pairs)

    modules = ("imagededup.methods.hashing",)
    settings = {"<= {limit} of 64 bits": compare}
    return Peer("imagededup", modules, 10, settings, _without_networks)


# --- CleanVision ---


def _cleanvision(hash_type: str, size: int) -> Compare:
    def compare(files: Sequence[str], _: Sequence[tuple[int, int]]) -> Iterable[Link]:
        from cleanvision import Imagelab  # noqa: PLC0415

        lab = Imagelab(filepaths=list(files))
        options = {"hash_type": hash_type, "hash_size": size}
        lab.find_issues({"near_duplicates": options}, n_jobs=1, verbose=False)
        for kind in ("exact_duplicates", "near_duplicates"):
            yield from _groups(lab.info[kind]["sets"], files)

    return compare


# --- imgcheck ---


def _imgcheck(*, is_turned: bool) -> Compare:
    def compare(files: Sequence[str], pairs: Sequence[tuple[int, int]]) -> Iterable[Link]:
        import imgcheck  # noqa: PLC0415

        found = imgcheck.compute_hashes(
            list(files), rotation_invariant=is_turned, show_progress=False
        )
        hashes = {one.path: one.int_hash for one in found}
        for one, other in pairs:
            if files[one] in hashes and files[other] in hashes:
                bits = (hashes[files[one]] ^ hashes[files[other]]).bit_count()
                yield bits, one, other

    return compare


# --- difPy ---


def _difpy(*, similarity: float, same_size: bool) -> Compare:
    def compare(files: Sequence[str], _: Sequence[tuple[int, int]]) -> Iterable[Link]:
        import difPy  # noqa: PLC0415

        built = difPy.build(str(Path(files[0]).parent), show_progress=False)
        found = difPy.search(
            built, similarity=similarity, same_dim=same_size, show_progress=False
        ).result
        groups = [[first, *(path for path, _ in others)] for first, others in found.items()]
        return _groups(groups, files)

    return compare


# --- czkawka ---


def _czkawka_groups(files: Sequence[str], _: Sequence[tuple[int, int]]) -> Iterable[Link]:
    from czkawka import ImageSimilarity  # noqa: PLC0415

    finder = ImageSimilarity()
    finder.set_directories([Path(files[0]).parent])
    return _groups(([str(path) for path in group] for group in finder.find_similar()), files)


def _czkawka_hashes(files: Sequence[str], pairs: Sequence[tuple[int, int]]) -> Iterable[Link]:
    from czkawka import ImageSimilarity  # noqa: PLC0415

    finder = ImageSimilarity()

    def hash_file(file: str) -> list[bool]:
        # Base64 without the padding that Python wants.
        return _bits_of(base64.b64decode(finder.hash_image(file) + "=").hex())

    return _bit_distances(hash_file, files, pairs)


# --- imgdd ---


def _imgdd(algorithm: str) -> Compare:
    def compare(files: Sequence[str], _: Sequence[tuple[int, int]]) -> Iterable[Link]:
        import imgdd  # noqa: PLC0415

        found = imgdd.dupes(path=str(Path(files[0]).parent), algo=algorithm, remove=False)
        return _groups(found.values(), files)

    return compare


# --- perception ---


def _perception(name: str, **options: float) -> Compare:
    def compare(files: Sequence[str], _: Sequence[tuple[int, int]]) -> Iterable[Link]:
        from perception import local_descriptor_deduplication as perception  # noqa: PLC0415

        places = {file: place for place, file in enumerate(files)}
        found = perception.deduplicate(
            list(files), hasher=getattr(perception, name)(**options), use_gpu=False, verbose=True
        )
        for left, right, evidence in found:
            one, other = sorted((places[left], places[right]))
            # More is better, and distances are smaller where images are more alike.
            yield -int(evidence["inliers"]), one, other

    return compare


def _perception_peer(name: str) -> Peer:
    settings = {
        ">= {limit} inliers": _perception(name),
        "less overlap, >= {limit} inliers": _perception(
            name, validation_match=0.1, validation_intersection=0.1
        ),
    }
    return Peer("perception", ("perception.local_descriptor_deduplication",), -5, settings)


PEERS: dict[str, Peer] = {
    "imagehash aHash": _imagehash_peer("average_hash"),
    "imagehash pHash": _imagehash_peer("phash"),
    "imagehash dHash": _imagehash_peer("dhash"),
    "imagehash wHash": _imagehash_peer("whash"),
    "imagehash colorhash": _imagehash_peer("colorhash"),
    "imagehash crop-resistant": Peer(
        # A quarter of the bits of a segment, by default.
        *("imagehash", ("imagehash", "scipy.ndimage"), 16),
        {"<= {limit} of 64 bits of a segment": _crop_resistant},
    ),
    "PDQ": Peer("pdqhash", ("pdqhash",), 31, {"<= {limit} of 256 bits": _pdq}),
    "imagededup aHash": _imagededup("AHash"),
    "imagededup pHash": _imagededup("PHash"),
    "imagededup dHash": _imagededup("DHash"),
    "imagededup wHash": _imagededup("WHash"),
    "CleanVision": Peer(
        *("cleanvision", ("cleanvision",), 0),
        {
            f"{kind}, size {size}": _cleanvision(kind, size)
            for kind, sizes in (("phash", (8, 6, 5, 4, 3)), ("dhash", (6, 4, 3)), ("whash", (8, 4)))
            for size in sizes
        },
    ),
    "imgcheck": Peer(
        *("imgcheck", ("imgcheck", "imgcheck.hashing"), 3),
        {
            "<= {limit} of 64 bits": _imgcheck(is_turned=False),
            "turned, <= {limit} of 64 bits": _imgcheck(is_turned=True),
        },
    ),
    "difPy": Peer(
        *("difpy", ("difPy",), 0),
        {
            "same size, equal": _difpy(similarity=0, same_size=True),
            **{
                f"any size, error <= {error}": _difpy(similarity=error, same_size=False)
                for error in (0, 5, 10, 20, 40, 60)
            },
        },
    ),
    "czkawka": Peer(
        *("czkawka", ("czkawka",), 0),
        {"its groups": _czkawka_groups, "<= {limit} of 64 bits": _czkawka_hashes},
    ),
    "imgdd": Peer(
        *("imgdd", ("imgdd",), 0),
        {f"equal {name}": _imgdd(name) for name in ("dhash", "ahash", "mhash", "phash", "whash")},
    ),
    "perception SIFT": _perception_peer("SIFT"),
    "perception AKAZE": _perception_peer("AKAZE"),
}
