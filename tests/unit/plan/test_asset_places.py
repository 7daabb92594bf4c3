"""Where assets stand in documents, and what stands there once their bucket is known."""

from __future__ import annotations

from typing import Any

import pytest

from catalog_kit import CATALOG
from cloudwright.errors import InvalidProperties
from cloudwright.plan.asset_places import assets_in, bucket_for, placed_assets, with_places
from cloudwright.program.asset_content import Asset
from dead_runs import HERE

FUNCTION, COMPONENT = CATALOG.get("AWS::Lambda::Function"), CATALOG.get("AWS::ImageBuilder::Component")
CODE = Asset(path="", digest="abc", size=1, suffix=".zip")


def test_the_bucket_is_the_default_one_of_the_place_unless_another_is_named() -> None:
    assert bucket_for("", HERE) == "cloudwright-assets-000000000000-us-east-1"
    assert bucket_for("mine-{region}", HERE) == "mine-us-east-1"


def test_assets_are_found_in_maps_and_lists() -> None:
    document = {"A": [{"B": CODE}, "x"], "C": CODE, "D": 1}

    assert list(assets_in(document)) == [(("A", "0", "B"), CODE), (("C",), CODE)]


def test_an_asset_becomes_what_its_property_takes() -> None:
    function = with_places(FUNCTION, {"Code": CODE, "Layers": ["l"], "Handler": "h"}, "b")
    component = with_places(COMPONENT, {"Uri": CODE}, "b")

    assert function == {"Code": {"S3Bucket": "b", "S3Key": "assets/abc.zip"}, "Layers": ["l"], "Handler": "h"}
    assert component == {"Uri": "s3://b/assets/abc.zip"}
    assert list(placed_assets(function, "b")) == [("Code",)]
    assert list(placed_assets(component, "b")) == [("Uri",)]


@pytest.mark.parametrize("path", ["Name", "Nonsense", "Tags"])
def test_a_property_that_takes_no_file_is_an_error(path: str) -> None:
    with pytest.raises(InvalidProperties, match=f"/{path} of AWS::ImageBuilder::Component takes no asset"):
        with_places(COMPONENT, {path: CODE}, "b")


@pytest.mark.parametrize(
    ("document", "places"),
    [
        ({"A": [{"Uri": "s3://b/assets/abc.zip"}]}, [("A", "0", "Uri")]),
        ({"A": ({"Bucket": "b", "Key": "assets/x"},)}, [("A", "0")]),
        ({"Uri": "s3://b/other/abc.zip"}, []),
        ({"Uri": "s3://other/assets/abc.zip"}, []),
        ({"S3Bucket": "b", "S3Key": "other/x"}, []),
        ({"S3Bucket": "other", "S3Key": "assets/x"}, []),
        ({"S3Bucket": "b", "Key": "assets/x"}, []),
        (None, []),
    ],
)
def test_only_objects_under_assets_of_that_bucket_are_assets(document: Any, places: list[tuple[str, ...]]) -> None:
    assert list(placed_assets(document, "b")) == places
