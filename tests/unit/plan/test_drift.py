"""How drift is counted, and which values of a live document are secret."""

from __future__ import annotations

from catalog_kit import CATALOG
from cloudwright.plan.drift import Condition, DriftReport, _clear_leaves, _marked, drift_of, not_compared
from dead_runs import TOPIC, record
from diff_kit import fingerprint

HIDDEN = frozenset({fingerprint("secret"), fingerprint(None)})
MARKER = {"$secret": fingerprint("secret")}


def test_resources_are_counted_by_their_condition() -> None:
    one = record(identifier="one")
    resources = tuple(not_compared(one, each) for each in (Condition.MISSING, Condition.MISSING, Condition.UNREADABLE))
    report = DriftReport(app="a", stage="b", serial=1, resources=resources)

    assert [report.count(each) for each in (Condition.MISSING, Condition.UNREADABLE, Condition.CHANGED)] == [2, 1, 0]


def test_what_is_hidden_is_no_value_in_clear() -> None:
    document = {"A": ["x", {"B": {"$secret": "y"}}], "C": None, "D": 1}

    assert list(_clear_leaves(document)) == ["x", 1]


def test_a_secret_is_masked_wherever_a_live_document_shows_it() -> None:
    document = {"A": ["secret", "open"], "B": {"C": "secret"}, "D": None, "E": MARKER}

    assert _marked(document, HIDDEN, fingerprint) == {"A": [MARKER, "open"], "B": {"C": MARKER}, "D": None, "E": MARKER}


def test_a_declared_secret_is_no_drift_and_a_clear_value_equal_to_one_is_compared() -> None:
    declared = {"TopicName": "secret", "DisplayName": {"$secret": fingerprint("secret")}}
    kind = CATALOG.get(TOPIC)
    found = drift_of(
        record(identifier="one", declared=declared),
        kind,
        kind.override,
        {"TopicName": "secret", "DisplayName": "secret"},
        fingerprint,
    )

    assert found.condition is Condition.AS_DECLARED
