"""What is to be done with a row, before anything is done."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.uploader.samples import PREFIX, RULES, painting
from uploader.outcomes import Outcome, Result
from uploader.plan import Plan, plan


@pytest.mark.parametrize(
    ("claimed", "image_format"),
    [("jpeg", "jpeg"), ("jpg", "jpeg"), ("png", "png"), ("bmp", "bmp"), ("gif", "gif")],
)
def test_an_accepted_format_names_the_blob(claimed: str, image_format: str) -> None:
    row = painting(encoding_format=claimed)
    name = f"{PREFIX}Train/Claude Monet/1a2.{image_format}"
    planned = plan(row, RULES)
    assert planned == Plan(row, image_format, name.rpartition(".")[0])
    assert planned.blob_name == name


@pytest.mark.parametrize(
    ("claimed", "named"), [("webp", "webp"), ("tiff", "tiff"), (None, "unknown"), ("", "unknown")]
)
def test_a_row_of_another_format_is_skipped(claimed: str | None, named: str) -> None:
    row = painting(encoding_format=claimed)
    assert plan(row, RULES) == Result(Outcome.SKIPPED, f"format {named} is not accepted")


def test_the_formats_are_those_of_the_rules() -> None:
    png_only = replace(RULES, formats=frozenset({"png"}))
    assert isinstance(plan(painting(encoding_format="png"), png_only), Plan)
    skipped = plan(painting(encoding_format="jpg"), png_only)
    assert isinstance(skipped, Result)
    assert skipped.outcome is Outcome.SKIPPED


def test_the_share_and_prefix_are_those_of_the_rules() -> None:
    planned = plan(painting(random=0.5), replace(RULES, prefix="", train_share=0.5))
    assert isinstance(planned, Plan)
    assert planned.blob_name == "Test/Claude Monet/1a2.jpeg"


def test_a_name_too_long_is_refused_but_a_skipped_row_stays_skipped() -> None:
    refused = plan(painting("x" * 2000), RULES)
    assert isinstance(refused, Result)
    assert refused.outcome is Outcome.REFUSED
    assert "more than the 1,024" in refused.reason
    skipped = plan(painting("x" * 2000, encoding_format="webp"), RULES)
    assert isinstance(skipped, Result)
    assert skipped.outcome is Outcome.SKIPPED


@pytest.mark.parametrize("url", ["", "ftp://example.org/a.jpg", "http://", "http://[::1"])
def test_a_row_without_a_usable_address_is_refused(url: str) -> None:
    refused = plan(painting(url=url), RULES)
    assert isinstance(refused, Result)
    assert refused.outcome is Outcome.REFUSED
    assert refused.reason.startswith(("not a usable URL", "not an http or https URL"))


def test_the_reason_tells_no_secret_of_the_address() -> None:
    refused = plan(painting(url="http://user:s3cret@[::1/?sig=s3cret"), RULES)
    assert isinstance(refused, Result)
    assert "s3cret" not in refused.reason
