"""Identifiers and names that the local cloud makes, for a sample of types; `make sweep` looks at all."""

from __future__ import annotations

import copy

import pytest

from catalog_kit import CATALOG, provisionable
from cloudwright.local.cloud import LocalCloud
from cloudwright.local.generated import names
from local_kit import ACCOUNT, REGION, StillClock
from sweep.identity import KINDS, collisions, expected, misfits, surprises
from sweep.test_sample import sample
from type_documents.documents import minimal

NAMED = [name for name in provisionable() if (kind := KINDS.find(name)) and names.generated(kind)]
"""Types that AWS names where the program does not."""

ONCE_WRONG = [
    "AWS::ApplicationAutoScaling::ScalingPolicy",
    "AWS::AppConfig::DeploymentStrategy",
    "AWS::Route53::RecordSet",
]


@pytest.mark.parametrize("type_name", dict.fromkeys([*sample(), *ONCE_WRONG, *expected()["twins"]]))
def test_identifiers_never_collide_and_attributes_fit_where_they_are_used(type_name: str) -> None:
    assert surprises([type_name]) == []


def test_a_made_name_is_read_back() -> None:
    cloud = LocalCloud(CATALOG, clock=StillClock())
    unnamed = []
    for type_name in NAMED:
        kind, document = KINDS.find(type_name), minimal(CATALOG.get(type_name))
        assert kind is not None
        if document is None:
            continue
        identifier = cloud.put(ACCOUNT, REGION, type_name, copy.deepcopy(document))
        shown = cloud.shown(ACCOUNT, REGION, type_name, identifier)
        unnamed += [f"{type_name}{path}" for path in names.generated(kind) if path[0] not in shown]
    cloud.close()

    assert len(NAMED) > 100
    assert unnamed == []


def test_two_nameless_resources_of_a_singleton_are_one() -> None:
    assert list(collisions("AWS::CertificateManager::Account")) == ["two without a name"]


def test_an_attribute_that_a_property_refuses_is_found() -> None:
    assert [place for place, _ in misfits("AWS::WellArchitected::Profile")][:1] == [
        "AWS::WellArchitected::Profile/ProfileArn"
    ]
