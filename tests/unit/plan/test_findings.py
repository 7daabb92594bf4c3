from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from cloudwright.errors import FindingsStop
from cloudwright.lazy_dataclass import replace
from cloudwright.plan import findings
from cloudwright.plan.model import Action, Change, Finding, Step
from cloudwright.program.source import Source
from imagebuilder_plans import declare, plan_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cloudwright.plan.model import Plan

BUCKET = "AWS::S3::Bucket"
PLAN = plan_of(
    declare("logs", BUCKET, {"BucketName": "logs"}, source=Source("infra.py", 7)),
    declare("data", BUCKET, {"BucketName": "data"}, silenced={"ACME1": "made public on purpose"}),
)


def every_bucket(plan: Plan) -> Iterator[Finding]:
    for bucket in findings.of_type(plan, BUCKET):
        yield findings.finding(bucket, "too plain", id="ACME1", path="/BucketName", fix="name it better")


def test_a_finding_knows_its_resource_and_its_place_in_the_program() -> None:
    found = {single.key: single for single in findings.evaluate(PLAN, [every_bucket])}

    assert Source("infra.py", 7) == found["logs"].source
    assert findings.WARNING == found["logs"].severity
    assert "/BucketName" == found["logs"].path


def test_a_silenced_finding_stays_with_its_reason() -> None:
    found = {single.key: single.silenced for single in findings.evaluate(PLAN, [every_bucket])}

    assert {"logs": "", "data": "made public on purpose"} == found


def test_the_app_silences_where_the_resource_does_not() -> None:
    found = findings.evaluate(PLAN, [every_bucket], {"ACME1": "known"})

    assert {"data": "made public on purpose", "logs": "known"} == {single.key: single.silenced for single in found}
    assert () == findings.active(found)


def test_an_empty_reason_still_silences() -> None:
    found = findings.evaluate(PLAN, [every_bucket], {"ACME1": ""})

    assert () == findings.active(found)


def test_one_finding_is_reported_once() -> None:
    assert 2 == len(findings.evaluate(PLAN, [every_bucket, every_bucket]))


def test_errors_come_first_then_ids() -> None:
    def mixed(plan: Plan) -> Iterator[Finding]:
        for id, severity in (("B", "info"), ("A", "warning"), ("Z", "error"), ("C", "warning")):
            yield findings.finding(plan.declared[0], "x", id=id, severity=severity)

    assert ["Z", "A", "C", "B"] == [single.id for single in findings.evaluate(PLAN, [mixed])]


def test_a_rule_that_raises_becomes_an_error_and_keeps_what_it_found() -> None:
    def broken(plan: Plan) -> Iterator[Finding]:
        yield findings.finding(plan.declared[0], "first", id="ACME2")
        raise KeyError("Nope")

    found = findings.evaluate(PLAN, [broken, every_bucket])

    assert [findings.BROKEN, "ACME1", "ACME1", "ACME2"] == [single.id for single in found]
    assert "broken" in found[0].text
    assert "KeyError: 'Nope'" in found[0].text
    assert (found[0],) == findings.errors(found)


def test_a_rule_that_yields_something_else_is_named() -> None:
    found = findings.evaluate(PLAN, [lambda _: ["oops"]])  # type: ignore[list-item]

    assert "it yielded str, not a Finding" in found[0].text


def test_a_rule_may_return_nothing() -> None:
    assert () == findings.evaluate(PLAN, [lambda _: None])


def test_a_keyboard_interrupt_is_not_a_finding() -> None:
    def interrupted(plan: Plan) -> Iterator[Finding]:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        findings.evaluate(PLAN, [interrupted])


def test_where_a_rule_and_a_value_check_hit_one_path_only_the_rule_is_shown() -> None:
    (rule,) = findings.evaluate(plan_of(PLAN.declared[0]), [every_bucket])
    same = findings.finding(PLAN.declared[0], "does not fit", id="value", path="/BucketName")
    other = findings.finding(PLAN.declared[0], "does not fit", id="value", path="/Tags")

    assert (rule, other) == findings.merge([rule], [same, other])


def test_findings_about_a_whole_resource_do_not_hide_each_other() -> None:
    rule, value = (findings.finding(declare("one"), "text", id=id) for id in ("IB204", "plan:region"))

    assert {"IB204", "plan:region"} == {single.id for single in findings.merge([rule], [value])}


def test_markers_are_unknown_and_nothing_else_is() -> None:
    values: tuple[object, ...] = (
        {"$unknown": "a:/Arn"},
        {"$secret": "f00"},
        {"$unknown": "a:/Arn", "b": 1},
        {},
        "x",
        None,
    )

    assert [True, True, False, False, False, False] == [findings.is_unknown(value) for value in values]


def wrong(key: str, *, severity: str = findings.ERROR, silenced: str = "") -> Finding:
    return Finding(id="ACME1", severity=severity, key=key, text="wrong", silenced=silenced)


def changing(action: Action, *found: Finding) -> Plan:
    step = Step(key="logs", type=BUCKET, action=action, target=PLAN.declared[0].target)
    return replace(PLAN, steps=(step,), findings=found)


@pytest.mark.parametrize("action", [Action.CREATE, Action.UPDATE, Action.REPLACE])
def test_an_error_in_what_would_be_written_stops_a_deploy(action: Action) -> None:
    plan = changing(action, wrong("logs"))

    with pytest.raises(FindingsStop, match="ACME1; nothing was sent"):
        findings.refuse(plan, findings.blocking(plan))


@pytest.mark.parametrize("action", [Action.NONE, Action.READ, Action.IMPORT, Action.DELETE, Action.MOVE, Action.FORGET])
def test_an_error_in_what_is_not_written_stops_nothing(action: Action) -> None:
    plan = changing(action, wrong("logs"), wrong("data"))

    findings.refuse(plan, findings.blocking(plan))


def test_an_error_in_what_is_adopted_and_updated_stops_a_deploy() -> None:
    (adopted,) = changing(Action.IMPORT).steps
    updated = replace(adopted, changes=(Change("/BucketName", "replace", "old", "new"),))
    plan = replace(PLAN, steps=(updated,), findings=(wrong("logs"),))

    assert ["logs"] == [one.key for one in findings.blocking(plan)]


def test_an_error_of_no_single_resource_stops_every_deploy() -> None:
    assert [""] == [one.key for one in findings.blocking(changing(Action.UPDATE, wrong("")))]


def test_warnings_and_silenced_errors_stop_nothing() -> None:
    quiet = wrong("logs", silenced="known"), wrong("logs", severity=findings.WARNING)

    assert () == findings.blocking(changing(Action.CREATE, *quiet))
