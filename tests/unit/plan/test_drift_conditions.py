"""What drift says about each path, and when its silence means something."""

from __future__ import annotations

from typing import Any

import pytest

from catalog_kit import CATALOG
from cloudwright.plan.drift import Condition, DriftReport, ResourceDrift, drift_of, not_compared
from cloudwright.plan.masking import mask
from dead_runs import TOPIC, record
from diff_kit import fingerprint

TAG, OTHER = {"Key": "a", "Value": "1"}, {"Key": "b", "Value": "2"}
DECLARED = {"TopicName": "t", "DisplayName": "d", "Tags": [TAG]}


def drift(type_name: str, declared: dict[str, Any], live: dict[str, Any], **more: Any) -> ResourceDrift:
    kind = CATALOG.get(type_name)
    known = record(type_name, "one", declared=mask(kind, declared, fingerprint), **more)
    return drift_of(known, kind, kind.override, live, fingerprint)


@pytest.mark.parametrize(
    ("live", "unreturned", "shown"),
    [
        ({"DisplayName": "e"}, (), [("/DisplayName", "changed", "d", "e", "")]),
        ({"DisplayName": None}, (), [("/DisplayName", "missing", "d", None, "declared, but no longer there")]),
        (
            {"DisplayName": None},
            ("/DisplayName",),
            [("/DisplayName", "unobservable", "d", None, "AWS did not return it after it was written")],
        ),
        ({"Tags": [TAG, OTHER]}, (), [("/Tags/1", "changed", None, OTHER, "there, but not declared")]),
    ],
)
def test_each_path_says_what_became_of_it(
    live: dict[str, Any], unreturned: tuple[str, ...], shown: list[tuple[object, ...]]
) -> None:
    document = {name: value for name, value in {**DECLARED, **live}.items() if value is not None}
    found = drift(TOPIC, DECLARED, document, unreturned=unreturned)

    assert [(one.path, one.kind, one.declared, one.live, one.reason) for one in found.paths] == shown
    seen = found.paths[0].kind != "unobservable"
    assert found.condition is (Condition.CHANGED if seen else Condition.AS_DECLARED)
    assert found.drifted == seen


def test_a_changed_order_of_an_ordered_list_is_named() -> None:
    function = "AWS::Lambda::Function"
    found = drift(function, {"Layers": ["a", "b"]}, {"Layers": ["b", "a"]})

    assert [(one.kind, one.reason) for one in found.paths] == [("changed", "in another order")]


def test_a_hidden_value_is_listed_once_as_unobservable_and_is_no_drift() -> None:
    database = "AWS::RDS::DBInstance"
    found = drift(database, {"Engine": "mysql", "MasterUserPassword": "secret"}, {"Engine": "mysql"})

    assert [(one.path, one.kind) for one in found.paths] == [("/MasterUserPassword", "unobservable")]
    assert not found.drifted


def test_a_hidden_value_that_a_read_shows_elsewhere_stays_hidden() -> None:
    database = "AWS::RDS::DBInstance"
    declared = {"DBName": "d", "MasterUserPassword": "secret"}
    found = drift(database, declared, {"DBName": "secret"})

    assert "secret" not in {one.live for one in found.paths if isinstance(one.live, str)}
    assert found.drifted


def report(*conditions: Condition, denied: bool = False, **more: Any) -> DriftReport:
    one = record(identifier="one")
    resources = tuple(not_compared(one, each, denied=denied) for each in conditions)
    return DriftReport(app="a", stage="b", serial=1, resources=resources, **more)


@pytest.mark.parametrize(
    ("conditions", "left_out", "nothing"),
    [
        ((), 0, False),
        ((), 1, True),
        ((Condition.UNREADABLE,), 0, True),
        ((Condition.UNREADABLE, Condition.MISSING), 0, False),
        ((Condition.MISSING,), 1, False),
        ((Condition.MISSING,), 0, False),
    ],
)
def test_a_report_knows_whether_anything_was_compared(
    conditions: tuple[Condition, ...], left_out: int, *, nothing: bool
) -> None:
    made = report(*conditions, left_out=left_out)

    assert made.compared_nothing == nothing
    assert made.trustworthy == (not nothing)


def test_a_report_is_not_to_be_trusted_if_a_read_was_denied() -> None:
    assert not report(Condition.UNREADABLE, Condition.MISSING, denied=True).trustworthy
