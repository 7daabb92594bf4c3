"""Which second decisions a plan allows, and the words of errors and outcomes."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from app_kit import World
from cloudwright.control.model import Operation
from cloudwright.engine.actions import _example, _redacted, _secret_at
from cloudwright.engine.deviation import _moved_reference, check_decision
from cloudwright.engine.drafts import with_body
from cloudwright.engine.failures import aws_error_code, recorded_already
from cloudwright.engine.outcome import Outcome, Result, Status, broken, one_a_step
from cloudwright.engine.redaction import SHORTEST, Redactor, _general, sealed_attributes
from cloudwright.errors import CloudwrightError, PlanDeviation, ServiceError
from cloudwright.plan.decision import Decision
from cloudwright.plan.model import Action, Order
from cloudwright.program.declaration import Declaration
from cloudwright.program.reference import Ref
from cloudwright.secret import Secret
from dead_runs import TOPIC, entry_of, opened, record
from render_samples import step
from subject_kit import subject_of

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    ("planned", "decided", "may_replace", "consent", "allowed"),
    [
        (Action.UPDATE, Action.REPLACE, True, True, True),
        (Action.UPDATE, Action.REPLACE, True, False, False),
        (Action.UPDATE, Action.REPLACE, False, True, False),
        (Action.UPDATE, Action.NONE, False, False, True),
        (Action.NONE, Action.UPDATE, False, False, False),
    ],
)
def test_a_replacement_needs_to_be_shown_and_consented(
    planned: Action, decided: Action, *, may_replace: bool, consent: bool, allowed: bool
) -> None:
    one, decision = step("a", planned, may_replace=may_replace), Decision(action=decided)
    keys = ("a",) if consent else ("b",)
    if allowed:
        check_decision(one, subject_of(), decision, None, keys)
        return
    with pytest.raises(PlanDeviation):
        check_decision(one, subject_of(), decision, None, keys)


@pytest.mark.parametrize(
    ("shown", "now", "allowed"),
    [
        (Order.CREATE_FIRST, Order.DELETE_FIRST, False),
        (Order.DELETE_FIRST, Order.DELETE_FIRST, True),
        (Order.CREATE_FIRST, Order.CREATE_FIRST, True),
    ],
)
def test_nothing_is_deleted_first_that_the_plan_said_to_create_first(
    shown: Order, now: Order, *, allowed: bool
) -> None:
    one, decision = step("a", Action.REPLACE, order=shown), Decision(action=Action.REPLACE)
    if allowed:
        check_decision(one, subject_of(), decision, now, ())
        return
    with pytest.raises(PlanDeviation, match="create-first"):
        check_decision(one, subject_of(), decision, now, ())


@pytest.mark.parametrize(
    ("document", "moved"),
    [
        ({"DisplayName": Ref("b", ("Name",))}, True),
        ({"DisplayName": Ref("b", ())}, False),
        ({"TopicName": Ref("b", ("Name",))}, False),
    ],
)
def test_a_value_is_blamed_on_the_attribute_that_it_refers_to(document: dict[str, Any], *, moved: bool) -> None:
    subject = replace(subject_of({}), declaration=Declaration(key="a", type=TOPIC, document=document))
    error = _moved_reference(step("a", desired={}), subject, "/DisplayName", lambda _: True)

    assert (error is not None) == moved


def test_the_code_of_an_error_is_that_of_aws() -> None:
    assert aws_error_code(ServiceError("AccessDenied", "no")) == "AccessDenied"
    assert aws_error_code(CloudwrightError("no")) == ""


@pytest.mark.parametrize(
    ("key", "hint"), [("a", "give the new one another name"), ("b", 'declare it with aliases="b"')]
)
async def test_a_create_that_ended_on_a_recorded_resource_says_what_to_do(tmp_path: Path, key: str, hint: str) -> None:
    async with opened(World(tmp_path)) as runtime:
        entry = entry_of(Operation.CREATE, record(), runtime.services)

    assert hint in str(recorded_already(entry, record(identifier="one", key=key)).hint)


def outcome(key: str, action: Action, status: Status = Status.DONE) -> Outcome:
    return Outcome(key=key, type=TOPIC, action=action, status=status)


def test_a_teardown_is_listed_only_if_it_failed_or_is_a_step_of_its_own() -> None:
    torn, replaced = outcome("a", Action.DELETE), outcome("a", Action.REPLACE)
    failed, alone = outcome("a", Action.DELETE, Status.FAILED), outcome("b", Action.DELETE)

    assert one_a_step((torn, replaced, alone)) == [replaced, alone]
    assert one_a_step((failed, replaced)) == [failed, replaced]


def test_a_result_says_whether_all_went_well() -> None:
    good = Result(plans=(), outcomes=(outcome("a", Action.CREATE),))
    bad = Result(plans=(), outcomes=(outcome("a", Action.CREATE, Status.FAILED),))

    assert repr(good).startswith("<Result ok: 1 steps")
    assert repr(bad).startswith("<Result 1 not done: 1 steps")


def test_a_program_that_breaks_in_its_second_run_names_its_own_last_line() -> None:
    def program() -> None:
        raise ValueError("broken")

    with pytest.raises(ValueError, match="broken") as raised:
        program()
    found = broken(program, raised.value)
    assert found.source.line == program.__code__.co_firstlineno + 1
    assert found.message.endswith("ValueError: broken")
    assert broken(dict, raised.value).source.line == 0


async def test_secret_attributes_without_a_value_are_not_sealed(tmp_path: Path) -> None:
    async with opened(World(tmp_path)) as runtime:
        kind, sealing = runtime.services.catalog.get("AWS::IVS::StreamKey"), runtime.services.sealing
        for value, count in (("sk", 1), ("", 0), (None, 0)):
            assert len(sealed_attributes(kind, "one", {"Value": value}, sealing)) == count


async def test_a_secret_is_redacted_however_json_writes_it(tmp_path: Path) -> None:
    password = 'pass"word'
    document = {"MasterUserPassword": password}
    async with opened(World(tmp_path)) as runtime:
        services = runtime.services
        subject = subject_of(document, "AWS::RDS::DBInstance")
        entry = entry_of(Operation.CREATE, record("AWS::RDS::DBInstance", declared=document), services)
        draft = replace(entry.draft, declared=subject.masked)
        sealed = with_body(replace(entry, draft=draft), subject, entry.body.encode(), services)
        text = Redactor(sealed, services).text

    assert "word" not in text(f"refused {password}")
    assert text('refused "pass\\"word".') == text(f"refused {password}").replace("refused ", 'refused "') + '".'


@pytest.mark.parametrize(
    ("path", "general"), [(("A", "0", "B"), ("A", "*", "B")), (("A", "-"), ("A", "*")), (("A",), ("A",))]
)
def test_list_positions_are_all_alike(path: tuple[str, ...], general: tuple[str, ...]) -> None:
    assert _general(path) == general


# -- actions


def test_a_message_is_freed_of_secret_arguments_that_are_long_enough_to_be_ones() -> None:
    long, short = "x" * SHORTEST, "y" * (SHORTEST - 1)
    text = _redacted(f"{long} and {short}", {"A": [Secret(long), Secret(short)]})

    assert long not in text
    assert short in text


def test_a_result_is_invented_after_its_schema() -> None:
    schema = {
        "type": "object",
        "required": ["Name", "Count", "On", "Rows", "Inner"],
        "properties": {
            "Name": {"type": "string"},
            "Count": {"type": "integer"},
            "On": {"type": "boolean"},
            "Rows": {"type": "array"},
            "Inner": {"type": "object", "required": ["Key"], "properties": {"Key": {"type": "string"}}},
            "Extra": {"type": "string"},
        },
    }
    value = _example(schema, "act")
    inner = {"Key": "act-Inner-Key"}
    assert value == {"Name": "act-Name", "Count": 1, "On": True, "Rows": [], "Inner": inner}

    hidden = _secret_at(value, ("Inner", "Key"))
    assert hidden["Inner"]["Key"].reveal() == "act-Inner-Key"
    assert {**hidden, "Inner": inner} == value
    assert _secret_at(value, ("Missing",)) == value
    assert _secret_at("text", ("Missing",)) == "text"
