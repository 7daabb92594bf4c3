"""Which types Cloud Control can manage, and which to use instead."""

from __future__ import annotations

import pytest

from cloudwright.schema.catalog import Catalog
from cloudwright.schema.override import override_for

CATALOG = Catalog.bundled()
HANDLED = {"create", "read", "delete"}


@pytest.mark.parametrize(
    "name",
    [
        "AWS::SES::ReceiptRule",
        "AWS::CodeBuild::ReportGroup",
        "AWS::SageMaker::EndpointConfig",
        "AWS::Config::ConfigurationRecorder",
        "AWS::FSx::Volume",
        "AWS::MediaConvert::Queue",
        "AWS::DMS::ReplicationTask",
        "AWS::Glue::Classifier",
    ],
)
def test_handlers_do_not_make_a_type_manageable(name: str) -> None:
    kind = CATALOG.get(name)

    assert kind.handlers.keys() >= HANDLED
    assert not kind.provisionable
    assert kind.why_not_provisionable == "AWS lists it as NON_PROVISIONABLE, although its schema has handlers"


@pytest.mark.parametrize(
    ("name", "instead"),
    [
        ("AWS::SQS::QueuePolicy", "AWS::SQS::QueueInlinePolicy"),
        ("AWS::SNS::TopicPolicy", "AWS::SNS::TopicInlinePolicy"),
        ("AWS::IAM::Policy", "AWS::IAM::RolePolicy"),
    ],
)
def test_the_type_to_use_instead_is_known(name: str, instead: str) -> None:
    assert CATALOG.get(name).instead == instead
    assert CATALOG.get(instead).instead == ""


def test_every_type_to_use_instead_is_one_that_can_be_used() -> None:
    found = {name: override_for(name).use_instead for name in CATALOG.names()}
    used = {name: instead for name, instead in found.items() if instead}

    assert len(used) > 30
    assert [name for name, instead in used.items() if not CATALOG.get(instead).provisionable] == []
    assert [name for name in used if not override_for(name).non_provisionable] == []


def test_every_type_of_aws_without_the_three_handlers_is_listed() -> None:
    bare = [name for name in CATALOG.names() if not CATALOG.get(name).handlers.keys() >= HANDLED]

    assert [name for name in bare if name.startswith("AWS::") and not override_for(name).non_provisionable] == []


def test_missing_handlers_are_named() -> None:
    assert CATALOG.get("AWS::CodeBuild::Project").why_not_provisionable == "it has no handlers"
    assert "handler" in CATALOG.get("AWS::SQS::QueuePolicy").why_not_provisionable
    assert CATALOG.get("AWS::SNS::Topic").why_not_provisionable == ""


@pytest.mark.parametrize(("shown", "provisionable"), [("IMMUTABLE", True), ("NON_PROVISIONABLE", False)])
def test_the_registrys_own_word_overrules_the_data(shown: str, provisionable: bool) -> None:  # noqa: FBT001 - a parameter
    for name in ("AWS::SES::ReceiptRule", "AWS::SNS::Topic"):
        live = CATALOG.with_overlay({**CATALOG.get(name).schema, "provisioningType": shown})

        assert live.get(name).provisionable is provisionable
