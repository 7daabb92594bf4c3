from __future__ import annotations

import json
from pathlib import Path

import pytest

from cloudwright.errors import UnknownType
from cloudwright.schema.catalog import Catalog, from_schema
from cloudwright.schema.normalise import unresolvable
from cloudwright.schema.pack import Pack, write

FLAGSHIP = "AWS::ImageBuilder::DistributionConfiguration"
ALLOWED = Path(__file__).parents[3] / "tools" / "schemas" / "allowed.json"
IMAGE_BUILDER = {
    "Component",
    "ContainerRecipe",
    "DistributionConfiguration",
    "Image",
    "ImagePipeline",
    "ImageRecipe",
    "InfrastructureConfiguration",
    "LifecyclePolicy",
    "Workflow",
}
PRIVATE = {
    "typeName": "Acme::Shop::Basket",
    "description": "Prose",
    "properties": {"Id": {"type": "string"}, "Size": {"type": "integer", "description": "Prose"}},
    "primaryIdentifier": ["/properties/Id"],
    "readOnlyProperties": ["/properties/Id"],
    "additionalProperties": False,
}


@pytest.fixture(scope="module")
def catalog() -> Catalog:
    return Catalog.bundled()


def test_every_bundled_type_loads(catalog: Catalog) -> None:
    types = [catalog.get(name) for name in catalog.names()]

    assert len(types) >= 1880
    assert list(catalog.names()) == [known.name for known in types]
    assert [known.name for known in types if not known.identifiers] == []


def test_every_pointer_of_every_type_leads_somewhere_or_is_known_not_to(catalog: Catalog) -> None:
    allowed = set(json.loads(ALLOWED.read_text())["pointers"])

    broken = {
        f"{name} {keyword} {pointer}"
        for name in catalog.names()
        for keyword, pointer in unresolvable(catalog.get(name).schema)
    }

    assert allowed == broken


def test_every_identifier_has_a_schema_node(catalog: Catalog) -> None:
    missing = [
        (name, path)
        for name in catalog.names()
        for path in catalog.get(name).identifiers
        if not catalog.get(name).node(path)
    ]

    assert missing == []


def test_all_of_image_builder_can_be_created_read_updated_deleted_and_listed(catalog: Catalog) -> None:
    types = [catalog.get(name) for name in catalog.search("AWS::ImageBuilder::")]

    assert {known.name.rpartition("::")[2] for known in types} == IMAGE_BUILDER
    assert all(set(known.handlers) == {"create", "read", "update", "delete", "list"} for known in types)
    assert all(known.tagging.taggable and known.tagging.updatable for known in types)


def test_a_type_is_read_once(catalog: Catalog) -> None:
    assert catalog.get(FLAGSHIP) is catalog.get(FLAGSHIP)


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("AWS::ImageBuilder::DistributionConfig", FLAGSHIP),
        ("AWS::Imagebuilder::DistributionConfiguration", FLAGSHIP),
        ("AWS::ImageBulider::DistributionConfiguraton", FLAGSHIP),
        ("AWS::S3::Buket", "AWS::S3::Bucket"),
        ("aws::s3::bucket", "AWS::S3::Bucket"),
    ],
)
def test_a_misspelt_type_is_answered_with_the_one_meant(catalog: Catalog, written: str, meant: str) -> None:
    with pytest.raises(UnknownType, match=f"Did you mean '{meant}'"):
        catalog.get(written)


def test_a_type_that_resembles_nothing_gets_advice(catalog: Catalog) -> None:
    with pytest.raises(UnknownType, match="cloudwright types WORD"):
        catalog.get("Zzyzx::Qwfp::Xkcd")


def test_membership_needs_the_exact_name(catalog: Catalog) -> None:
    assert FLAGSHIP in catalog
    assert FLAGSHIP.lower() not in catalog
    assert 7 not in catalog


def test_search_ignores_case_and_puts_the_best_first(catalog: Catalog) -> None:
    found = catalog.search("distribution")

    assert FLAGSHIP in found
    assert found.index("AWS::CloudFront::Distribution") < found.index("AWS::CloudFront::StreamingDistribution")
    assert catalog.search("no such thing") == []


def test_the_regions_of_a_type_are_known(catalog: Catalog) -> None:
    regions = catalog.regions(FLAGSHIP)

    assert regions is not None
    assert {"us-east-1", "eu-central-1", "cn-north-1", "us-gov-west-1"} <= regions
    assert not any(region.startswith(("us-iso", "eusc")) for region in regions)
    assert catalog.regions("Acme::Shop::Basket") is None


def test_a_type_may_be_missing_in_a_region(catalog: Catalog) -> None:
    everywhere = catalog.regions(FLAGSHIP)
    assert everywhere is not None

    assert any((catalog.regions(name) or everywhere) < everywhere for name in catalog.names())


def test_an_overlay_adds_a_private_type(catalog: Catalog) -> None:
    extended = catalog.with_overlay(PRIVATE)

    assert extended.get("Acme::Shop::Basket").property_names == ("Id", "Size")
    assert "Acme::Shop::Basket" in extended
    assert "Acme::Shop::Basket" in extended.names()
    assert "Acme::Shop::Basket" not in catalog
    assert FLAGSHIP in extended


def test_an_overlay_wins_over_the_pack_and_keeps_what_only_the_pack_knows(catalog: Catalog) -> None:
    newer = {**PRIVATE, "typeName": FLAGSHIP}

    live = catalog.with_overlay(newer).get(FLAGSHIP)

    assert live.property_names == ("Id", "Size")
    assert live.arn_template == catalog.get(FLAGSHIP).arn_template is not None


def test_a_catalogue_can_stand_on_another_pack(tmp_path: Path) -> None:
    write(tmp_path / "facts.pack", {"A::B::C": {"typeName": "A::B::C"}}, b"")

    assert Catalog(Pack.open(tmp_path / "facts.pack")).names() == ("A::B::C",)


def test_a_raw_schema_loses_its_prose(catalog: Catalog) -> None:
    known = from_schema(PRIVATE)

    assert known.properties["Size"] == {"type": "integer"}
    assert "description" not in known.schema


def test_a_bundled_schema_normalises_to_itself(catalog: Catalog) -> None:
    for name in (FLAGSHIP, "AWS::S3::Bucket", "AWS::WAFv2::WebACL"):
        schema = catalog.get(name).schema

        assert schema == from_schema(schema).schema
