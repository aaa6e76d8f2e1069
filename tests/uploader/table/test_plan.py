"""The plan of a row, made before any download."""

from __future__ import annotations

from dataclasses import replace

import pytest

from paintings_dedupe.common.web.redaction import source_key
from tests.uploader.samples import PREFIX, RULES, painting
from uploader.outcomes import Outcome, Result
from uploader.table.plan import Plan, plan_row

HASH = "00f3" * 8


@pytest.mark.parametrize(
    ("claimed", "image_format"),
    [
        ("jpeg", "jpeg"),
        ("jpg", "jpeg"),
        ("image/JPEG", "jpeg"),
        (".jfif", "jpeg"),
        ("png", "png"),
        ("image/x-png", "png"),
        ("bmp", "bmp"),
        ("image/x-ms-bmp", "bmp"),
        ("gif", "gif"),
    ],
)
def test_an_accepted_format_names_the_blob(claimed: str, image_format: str) -> None:
    row = painting(encoding_format=claimed, finest_hash=HASH)
    name = f"{PREFIX}Train/Claude Monet/1a2.{image_format}"
    planned = plan_row(row, RULES).todo
    assert planned == Plan(row, image_format, name.rpartition(".")[0], source_key(row.url))
    assert planned.blob_name == name


@pytest.mark.parametrize(
    ("claimed", "named"), [("webp", "webp"), ("tiff", "tiff"), (None, "unknown"), ("", "unknown")]
)
def test_a_row_of_another_format_is_skipped(claimed: str | None, named: str) -> None:
    row = painting(encoding_format=claimed)
    assert plan_row(row, RULES).todo == Result(Outcome.SKIPPED, f"format {named} is not accepted")


def test_a_hash_that_lost_its_zeros_is_the_same_hash() -> None:
    planned = plan_row(painting(finest_hash=HASH.lstrip("0").upper()), RULES).todo
    assert isinstance(planned, Plan)
    assert (planned.painting.finest_hash, planned.not_compared) == (HASH, "")


@pytest.mark.parametrize(
    ("finest", "known", "reason"),
    [
        (None, None, "the row has no DHashHex8"),
        ("0x12", None, "the row's DHashHex8 is not a hexadecimal number"),
        ("0" + "a" * 30, None, "the row's DHashHex8 has 31 digits, not 32"),
        ("0" * 32, "0" * 32, "hardly any edges"),
        ("0", "0" * 32, "hardly any edges"),
        ("f" * 32, "f" * 32, "hardly any edges"),
    ],
)
def test_a_row_whose_hash_proves_nothing_is_marked_or_refused(
    finest: str | None, known: str | None, reason: str
) -> None:
    row = painting(finest_hash=finest)
    planned = plan_row(row, RULES).todo
    assert isinstance(planned, Plan)
    assert planned.painting.finest_hash == known
    assert reason in planned.not_compared
    refused = plan_row(row, replace(RULES, refuse_uncompared=True)).todo
    assert isinstance(refused, Result)
    assert refused.outcome is Outcome.REFUSED
    assert refused.reason == f"{planned.not_compared} (--not-compared refuse)"


def test_the_formats_are_those_of_the_rules() -> None:
    png_only = replace(RULES, formats=frozenset({"png"}))
    assert isinstance(plan_row(painting(encoding_format="png"), png_only).todo, Plan)
    skipped = plan_row(painting(encoding_format="jpg"), png_only).todo
    assert isinstance(skipped, Result)
    assert skipped.outcome is Outcome.SKIPPED


def test_the_share_and_prefix_are_those_of_the_rules() -> None:
    planned = plan_row(painting(random=0.5), replace(RULES, prefix="", train_share=0.5)).todo
    assert isinstance(planned, Plan)
    assert planned.blob_name == "Test/Claude Monet/1a2.jpeg"


def test_a_name_too_long_is_refused_but_a_skipped_row_stays_skipped() -> None:
    refused = plan_row(painting("x" * 2000), RULES).todo
    assert isinstance(refused, Result)
    assert refused.outcome is Outcome.REFUSED
    assert "more than the 1,024" in refused.reason
    skipped = plan_row(painting("x" * 2000, encoding_format="webp"), RULES).todo
    assert isinstance(skipped, Result)
    assert skipped.outcome is Outcome.SKIPPED


@pytest.mark.parametrize("url", ["", "ftp://example.org/a.jpg", "http://", "http://[::1"])
def test_a_row_without_a_usable_address_is_refused(url: str) -> None:
    refused = plan_row(painting(url=url), RULES).todo
    assert isinstance(refused, Result)
    assert refused.outcome is Outcome.REFUSED
    assert refused.reason.startswith(("not a usable URL", "not an http or https URL"))


def test_the_reason_tells_no_secret_of_the_address() -> None:
    refused = plan_row(painting(url="http://user:s3cret@[::1/?sig=s3cret"), RULES).todo
    assert isinstance(refused, Result)
    assert "s3cret" not in refused.reason
