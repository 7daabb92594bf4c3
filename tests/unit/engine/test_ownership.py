from __future__ import annotations

from dataclasses import replace

import pytest

from cloudwright.engine.ownership import OwnedResources
from cloudwright.state.changes import DropRecord, PutRecord
from cloudwright.state.records import RecordStatus
from cloudwright.target import Target
from dead_runs import HERE, record


def test_a_physical_resource_has_one_record() -> None:
    owned, first = OwnedResources(), record(identifier="one")
    assert owned.claim(first) is None

    assert owned.claim(record(identifier="one", key="b")) == first
    assert owned.claim(replace(first, generation=1)) == first
    assert owned.claim(replace(first, note="written again")) is None


def test_another_resource_is_free() -> None:
    owned = OwnedResources()
    owned.claim(record(identifier="one"))

    assert owned.claim(record(identifier="two", key="b")) is None
    assert owned.claim(record("AWS::SQS::Queue", "one", key="c")) is None
    elsewhere = Target("000000000000", "eu-west-1")
    assert owned.claim(replace(record(identifier="one", key="d"), target=elsewhere)) is None


def test_what_left_the_state_is_free_and_what_is_doubtful_was_never_taken() -> None:
    owned, first, second = OwnedResources(), record(identifier="one"), record(identifier="one", key="b")
    owned.apply([PutRecord(first), DropRecord("a", 0)])
    assert owned.claim(second) is None

    owned = OwnedResources()
    owned.apply([PutRecord(replace(first, status=RecordStatus.DOUBTFUL))])
    assert owned.claim(second) is None


def test_a_record_that_moves_to_another_resource_lets_the_first_go() -> None:
    owned, first = OwnedResources(), record(identifier="one")
    owned.apply([PutRecord(first), PutRecord(replace(first, identifier="two"))])

    assert owned.claim(record(identifier="one", key="b")) is None
    assert owned.claim(record(identifier="two", key="c")) is not None


@pytest.mark.parametrize(
    ("type_name", "identifier"),
    [
        ("AWS::IAM::Role", "deployer"),
        ("AWS::Route53::HostedZone", "Z1"),
        ("AWS::CloudFront::Function", "arn:aws:cloudfront::000000000000:function/f"),
    ],
)
def test_a_global_resource_is_one_in_all_regions_of_its_account(type_name: str, identifier: str) -> None:
    owned, first = OwnedResources(), record(type_name, identifier)
    owned.claim(first)
    second = record(type_name, identifier, key="b")

    assert owned.claim(replace(second, target=replace(HERE, region="eu-west-1"))) == first
    assert owned.claim(replace(second, target=replace(HERE, account="111122223333"))) is None
