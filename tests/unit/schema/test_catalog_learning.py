from __future__ import annotations

import pytest

from cloudwright.errors import UnknownType
from cloudwright.schema.catalog import Catalog

THING = {
    "typeName": "MyOrg::Net::Thing",
    "properties": {"Name": {"type": "string"}},
    "primaryIdentifier": ["/properties/Name"],
    "handlers": {"create": {}, "read": {}},
}


def test_a_learned_type_is_known_to_all_who_hold_the_catalogue_and_to_no_other() -> None:
    catalog = Catalog.bundled()
    with pytest.raises(UnknownType):
        catalog.get("MyOrg::Net::Thing")
    catalog.learn(THING)

    assert (("Name",),) == catalog.get("MyOrg::Net::Thing").identifiers
    assert "MyOrg::Net::Thing" in catalog
    assert "MyOrg::Net::Thing" in catalog.names()
    assert "MyOrg::Net::Thing" not in Catalog.bundled()


def test_a_newer_schema_replaces_what_was_read_before() -> None:
    catalog = Catalog.bundled()
    assert "Newer" not in catalog.get("AWS::SQS::Queue").properties
    catalog.learn({**catalog.get("AWS::SQS::Queue").schema, "properties": {"Newer": {"type": "string"}}})

    assert ["Newer"] == list(catalog.get("AWS::SQS::Queue").properties)
    assert catalog.get("AWS::SQS::Queue").arn_template


def test_only_what_ships_is_bundled() -> None:
    catalog = Catalog.bundled()
    catalog.learn(THING)

    assert catalog.is_bundled("AWS::SQS::Queue")
    assert not catalog.is_bundled("MyOrg::Net::Thing")


def test_a_child_keeps_to_itself_what_it_learns() -> None:
    catalog = Catalog.bundled()
    catalog.learn(THING)
    one, other = catalog.child(), catalog.child()
    one.learn({**THING, "properties": {"Name": {"type": "string"}, "Size": {"type": "integer"}}})
    one.learn({**catalog.get("AWS::SQS::Queue").schema, "properties": {"Newer": {"type": "string"}}})

    assert ["Name", "Size"] == list(one.get("MyOrg::Net::Thing").properties)
    assert ["Name"] == list(other.get("MyOrg::Net::Thing").properties)
    assert ["Newer"] == list(one.get("AWS::SQS::Queue").properties)
    assert "Newer" not in other.get("AWS::SQS::Queue").properties
    assert other.get("AWS::S3::Bucket") is catalog.get("AWS::S3::Bucket")
