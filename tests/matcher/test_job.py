"""What a run looks at, if some images cannot be read."""

from __future__ import annotations

from pathlib import Path

import pytest

pytest.importorskip("cv2", reason="the extra matcher is not installed; make setup installs it")

from rich.console import Console

from common.images.decode import examine
from common.web.addresses import AddressRule
from matcher.cache import Cache
from matcher.features import extract
from matcher.images import ImageToMatch, Key
from matcher.job import Job
from matcher.sources.folder import FolderSource
from matcher.sources.reader import ImageReader, Web
from tests.helpers.painted import painted
from uploader.flow.limits import Limits
from uploader.flow.stop import Stop
from uploader.web.proxies import proxies_of

PREFIX = "http://127.0.0.1:1"


def test_the_next_best_copy_is_looked_at_if_the_best_is_gone(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for seed in (1, 2):
        painted(seed).save(tmp_path / f"{seed}.png")
    (tmp_path / "torn.png").write_bytes((tmp_path / "1.png").read_bytes()[:999])
    names = {
        "whole": ["1.png", "torn.png"],
        "torn": ["torn.png", "torn.png", "2.png"],
        "lost": ["torn.png", "torn.png", "torn.png"],
    }
    images = {
        Key("Ada", name): [ImageToMatch(Key("Ada", name), f"{PREFIX}/{file}", "") for file in files]
        for name, files in names.items()
    }
    rule = AddressRule()
    web = Web(Limits(), rule, "", True, proxies_of({}, rule))
    reader = ImageReader(web, FolderSource(tmp_path, PREFIX))
    with Cache(tmp_path / "features", "1") as cache:
        tally = Job(cache, reader, 1, False, Console(stderr=True)).run(images, [], Stop())
        features = dict(cache.features(images))
    seen = {"whole": "1.png", "torn": "2.png"}
    assert features == {
        Key("Ada", name): extract(examine((tmp_path / file).read_bytes()).full()).to_bytes()
        for name, file in seen.items()
    }
    assert (tally.looked_at, tally.known, tally.compared) == (2, 0, 1)
    assert [image.key.fingerprint for image, _ in tally.unseen] == ["lost"]
    said = " ".join(capsys.readouterr().err.split())
    assert said.count("Another copy is looked at instead") == 4
    assert said.count("not looked at:") == 5
