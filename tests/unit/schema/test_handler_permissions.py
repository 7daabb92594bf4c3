"""The IAM actions of handlers: what the pack holds, and what override data corrects."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest

from cloudwright.schema import navigation
from cloudwright.schema.catalog import Catalog, from_schema
from cloudwright.schema.override import override_for
from cloudwright.schema.pointer import parse
from cloudwright.schema.type_reader import from_facts

if TYPE_CHECKING:
    from cloudwright.schema.resource_type import ResourceType

ACTION = re.compile(r"[a-z0-9-]+:[A-Za-z0-9]*\*?")
UNLISTED = 25
"""Handlers without one listed action; 18 in the registry of 2026-10-20, most of which do nothing."""


@pytest.fixture(scope="module")
def catalog() -> Catalog:
    return Catalog.bundled()


def test_the_pack_lists_the_actions_of_each_handler(catalog: Catalog) -> None:
    handlers = catalog.get("AWS::ImageBuilder::DistributionConfiguration").handlers

    assert handlers["read"].permissions == ("imagebuilder:GetDistributionConfiguration",)
    assert "imagebuilder:CreateDistributionConfiguration" in handlers["create"].permissions
    assert "iam:CreateServiceLinkedRole" in handlers["create"].permissions


def test_every_listed_action_is_one_that_a_policy_may_hold(catalog: Catalog) -> None:
    listed = {
        action: f"{name} {operation}"
        for name in catalog.names()
        for operation, handler in catalog.get(name).handlers.items()
        for action in handler.permissions
    }

    assert {action: where for action, where in listed.items() if not ACTION.fullmatch(action)} == {}
    assert len(listed) > 9_500


def test_nearly_every_handler_lists_at_least_one_action(catalog: Catalog) -> None:
    silent = [
        (name, operation)
        for name in catalog.names()
        for operation, handler in catalog.get(name).handlers.items()
        if not handler.permissions
    ]

    assert len(silent) <= UNLISTED


def test_a_live_schema_is_read_like_a_bundled_one() -> None:
    kind = from_schema(
        {"typeName": "My::Own::Type", "handlers": {"create": {"permissions": ["Iam:PassRole", " a:B ", "", "a:B"]}}}
    )

    assert kind.handlers["create"].permissions == ("a:B", "iam:PassRole")


def listed_by_the_schema(kind: ResourceType, operation: str) -> set[str]:
    handlers: Any = kind.schema["handlers"]
    return set(handlers[operation]["permissions"])


def test_override_data_corrects_the_listed_actions(catalog: Catalog) -> None:
    raw = catalog.get("AWS::EC2::VerifiedAccessInstance")
    create = raw.handlers["create"].permissions

    assert "s3:listBuckets" in listed_by_the_schema(raw, "create")
    assert "s3:listBuckets" not in create
    assert "s3:ListAllMyBuckets" in create
    assert set(raw.handlers["delete"].permissions) == listed_by_the_schema(raw, "delete")


def test_every_correction_still_corrects_something(catalog: Catalog) -> None:
    """An entry that a newer schema made needless is noticed, and removed."""
    for name in catalog.names():
        for fact in override_for(name).handler_actions:
            for operation in fact.handlers:
                listed = listed_by_the_schema(catalog.get(name), operation)
                assert fact.only_with or (set(fact.remove) & listed) | (set(fact.add) - listed), (name, operation)


def test_what_a_create_calls_only_with_a_property_names_properties_that_exist(catalog: Catalog) -> None:
    facts = [(name, fact) for name in catalog.names() for fact in override_for(name).handler_actions if fact.only_with]

    assert {fact.handlers for _, fact in facts} == {("create",)}
    for name, fact in facts:
        for pointer in fact.only_with:
            assert navigation.find(catalog.get(name).schema, parse(pointer)) is not None, (name, pointer)


METADATA = {"MetadataConfiguration": {"JournalTableConfiguration": {"RecordExpiration": {"Expiration": "DISABLED"}}}}


def test_a_create_spares_what_only_other_properties_take() -> None:
    known = override_for("AWS::S3::Bucket")

    assert {"s3tables:CreateTable", "s3:PutBucketAcl", "s3:PutBucketWebsite"} <= known.spared("create", {})
    assert "s3tables:CreateTable" not in known.spared("create", METADATA)
    assert "s3:CreateBucket" not in known.spared("create", {})
    assert known.spared("update", {}) == frozenset()


def test_a_property_below_items_counts() -> None:
    known = override_for("AWS::ImageBuilder::DistributionConfiguration")
    named = {"Distributions": [{"Region": "us-east-1"}, {"Region": "eu-west-1", "SsmParameterConfigurations": [{}]}]}

    assert "ssm:GetParameter" in known.spared("create", {"Distributions": [{"Region": "us-east-1"}]})
    assert "ssm:GetParameter" not in known.spared("create", named)


def test_a_list_that_is_none_counts_as_absent() -> None:
    kind = from_facts({"typeName": "My::Own::Type", "handlers": {"create": {"permissions": "a:B"}, "read": {}}})

    assert kind.handlers["create"].permissions == ()
    assert kind.handlers["read"].permissions == ()
