from __future__ import annotations

import json
import stat
from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Any

import pytest

from cloudwright.errors import PlanError, StalePlan
from cloudwright.plan.drift import Condition, DriftReport, PathDrift, ResourceDrift
from cloudwright.plan.model import Action, Consent, PinnedAnswer
from cloudwright.plan.options import PlanOptions
from cloudwright.plan.saved import Saved, from_json, read, refuse_stale, report_from, to_json, write
from cloudwright.target import Target
from render_samples import every_kind, partial, plan, step

if TYPE_CHECKING:
    from pathlib import Path


def test_a_plan_comes_back_exactly() -> None:
    saved = Saved(every_kind(), PlanOptions(refresh=True, targets=("a", "b"), allow_replace=("db",)))

    assert from_json(to_json(saved)) == saved


def test_equal_plans_make_equal_texts() -> None:
    one, other = ({"Name": "n", "Tags": {"A": "1"}}, {"Tags": {"A": "1"}, "Name": "n"})
    texts = {to_json(Saved(plan(step("basic", Action.CREATE, desired=desired)))) for desired in (one, other)}

    assert len(texts) == 1


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"app": "other"}, "the saved plan is for payments/prod, not for other/prod"),
        ({"stage": "dev"}, "the saved plan is for payments/prod, not for payments/dev"),
        ({"serial": 43}, r"the state changed since the plan was made \(serial 42 -> 43\)"),
        ({"digest": "d2"}, "the program changed since the plan was made"),
        ({"lookups": (PinnedAnswer(key="k", question="q", label="l", answer="new"),)}, "the program changed"),
    ],
)
def test_a_saved_plan_holds_only_for_the_same_state_program_and_answers(changed: dict[str, Any], message: str) -> None:
    saved = replace(plan(), lookups=(PinnedAnswer(key="k", question="q", label="l", answer="old"),))
    refuse_stale(saved, replace(saved, steps=(step("basic", Action.CREATE),)))

    with pytest.raises(StalePlan, match=message):
        refuse_stale(saved, replace(saved, **changed))


def test_what_needs_consent_comes_back_with_the_plan() -> None:
    consent = Consent(keys=("db", "app"), text="db may be replaced", fix="--allow-replace db")
    saved = Saved(replace(every_kind(), consents=(consent,)))

    assert from_json(to_json(saved)) == saved


def test_a_partial_plan_is_refused() -> None:
    with pytest.raises(PlanError, match="a partial plan can't be saved: the length of a list"):
        to_json(Saved(partial()))


def test_a_plan_of_another_format_is_stale() -> None:
    document = json.loads(to_json(Saved(plan())))

    with pytest.raises(StalePlan, match="format 99"):
        from_json(json.dumps({**document, "format": 99}))


def test_a_plan_with_a_field_of_the_future_is_stale() -> None:
    document = json.loads(to_json(Saved(plan())))
    document["plan"]["mood"] = "good"

    with pytest.raises(StalePlan, match="mood"):
        from_json(json.dumps(document))


@pytest.mark.parametrize("text", ["", "[]", "3", "{}", '{"format": 2}', '{"format": 2, "plan": 3, "options": {}}'])
def test_what_is_no_plan_is_said_to_be_none(text: str) -> None:
    with pytest.raises(PlanError, match="this is not a saved plan"):
        from_json(text)


@pytest.mark.parametrize("action", ["explode", None])
def test_an_action_that_does_not_exist_is_no_plan(action: Any) -> None:
    document = json.loads(to_json(Saved(every_kind())))
    document["plan"]["steps"][0]["action"] = action

    with pytest.raises(PlanError, match="this is not a saved plan"):
        from_json(json.dumps(document))


def test_a_file_is_written_whole_for_its_owner_alone(tmp_path: Path) -> None:
    path = tmp_path / "plan"
    path.write_text("old")
    path.chmod(0o644)
    write(path, Saved(every_kind()))

    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert read(path) == Saved(every_kind())
    assert list(tmp_path.iterdir()) == [path]


def test_a_place_that_can_not_be_written_is_named(tmp_path: Path) -> None:
    with pytest.raises(PlanError, match="No such file or directory"):
        write(tmp_path / "missing" / "plan", Saved(plan()))


def test_a_file_that_is_missing_or_no_text_is_named(tmp_path: Path) -> None:
    binary = tmp_path / "binary"
    binary.write_bytes(b"\xff\xfe")

    with pytest.raises(PlanError, match="can't be read: No such file"):
        read(tmp_path / "missing")
    with pytest.raises(PlanError, match="it is not text"):
        read(binary)


def test_a_drift_report_comes_back_exactly() -> None:
    place = Target("111122223333", "eu-west-1")
    paths = (PathDrift("/A", "changed", {"$secret": "f"}, [1, None], "in another order"),)
    found = ResourceDrift(
        key="k", type="AWS::SNS::Topic", identifier="i", target=place, condition=Condition.CHANGED, paths=paths
    )
    report = DriftReport(app="a", stage="s", serial=3, resources=(found,), notes=("n",), calls=2)

    assert report_from(json.loads(json.dumps(asdict(report)))) == report
