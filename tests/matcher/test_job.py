"""What a run looks at, if some images cannot be read."""

from __future__ import annotations

from ipaddress import ip_network
from pathlib import Path

import pytest

pytest.importorskip("cv2", reason="the extra matcher is not installed; make setup installs it")

from rich.console import Console

from paintings_dedupe.common.images.decode import examine
from paintings_dedupe.common.web.addresses import AddressRule
from paintings_dedupe.matcher.cache import Cache
from paintings_dedupe.matcher.features import extract
from paintings_dedupe.matcher.images import ImageToMatch, Key
from paintings_dedupe.matcher.job import Job
from tests.helpers.http_server import Reply, serving
from tests.helpers.painted import painted
from uploader.flow.limits import Limits
from uploader.flow.stop import Stop
from uploader.reading.folder import FolderSource
from uploader.reading.reader import ImageReader, Web
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


def test_a_host_that_fails_is_left_alone_with_the_other_copies_too(tmp_path: Path) -> None:
    asked = []

    def fail(path: str) -> Reply:
        asked.append(path)
        return Reply(status=503)

    rule = AddressRule((ip_network("127.0.0.1"),))
    key = Key("Ada", "1")
    with serving(fail) as address, Cache(tmp_path / "features", "1") as cache:
        images = {key: [ImageToMatch(key, f"{address}/{number}", "") for number in range(3)]}
        web = Web(Limits(host_failures=1, tries=1), rule, "", True, proxies_of({}, rule))
        Job(cache, ImageReader(web), 1, False, Console(stderr=True)).run(images, [], Stop())
    assert asked == ["/0"]
