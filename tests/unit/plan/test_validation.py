"""Which properties stop a plan, and how all that is wrong is listed."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from catalog_kit import CATALOG
from cloudwright.plan.filling import Filling, _owners, fillings, fills_after, is_outdated, outdated
from cloudwright.plan.model import Action, Change, Finding
from cloudwright.plan.validation import (
    _MOST_QUOTED,
    Problem,
    _listed,
    _once,
    _option,
    _problem,
    _text,
    _unmanageable,
    _unreported,
    check,
    oversized,
    refuse,
)
from cloudwright.program.declaration import Declaration
from cloudwright.program.document import Unknown
from cloudwright.program.reference import Ref
from cloudwright.schema.validation.violation import Violation
from dead_runs import TOPIC, record
from render_samples import step
from subject_kit import subject_of

if TYPE_CHECKING:
    from cloudwright.state.records import Record

DECLARATION = Declaration(key="a", type=TOPIC, document={})
EIP, INSTANCE = "AWS::EC2::EIP", "AWS::EC2::Instance"


def problem(path: str = "/A", text: str = "is wrong", key: str = "a", **more: Any) -> Problem:
    return Problem(replace(DECLARATION, key=key), path, text, **more)


def finding(path: str = "/A", key: str = "a", severity: str = "error", **more: Any) -> Finding:
    return Finding(id="R1", severity=severity, key=key, path=path, text="is against the rule", fix="mend\nit", **more)


def unknown(*path: str, suggestion: str = "") -> Violation:
    return Violation(path, "additionalProperties", "does not exist", suggestion=suggestion)


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("AWS::AmazonMQ::ConfigurationAssociation", "declare AWS::AmazonMQ::Broker instead"),
        ("AWS::ApiGatewayV2::ApiGatewayManagedOverrides", "manage it with CloudFormation or its service's API"),
    ],
)
def test_a_type_that_cannot_be_managed_is_the_only_problem(name: str, hint: str) -> None:
    (found,), findings = check(CATALOG.get(name), DECLARATION, {"Nonsense": 1}, (), strict=True)

    assert found == _unmanageable(CATALOG.get(name), DECLARATION)
    assert (found.hint, findings) == (hint, [])


def test_a_value_outside_of_the_schema_is_a_warning_unless_values_are_strict() -> None:
    kind = CATALOG.get("AWS::SQS::Queue")
    document = {"DelaySeconds": 10_000_000, "Nonsense": 1}
    for strict, problems, warnings in ((False, ["/Nonsense"], 1), (True, ["/DelaySeconds", "/Nonsense"], 0)):
        found, findings = check(kind, DECLARATION, document, (), strict=strict)
        assert sorted(one.path for one in found) == problems
        assert len(findings) == warnings


def test_a_missing_property_that_is_misspelt_is_reported_at_the_misspelling() -> None:
    misspelt = unknown("Block", "Nmae", suggestion="Name")
    here = Violation(("Block",), "required", "lacks Name", expected="Name")
    elsewhere = Violation((), "required", "lacks Name", expected="Name")
    other = Violation(("Block", "Name"), "type", "is no text", suggestion="Name")

    assert _once([misspelt, here, elsewhere, other]) == [misspelt, elsewhere, other]
    assert _once([replace(misspelt, rule="enum"), here]) == [replace(misspelt, rule="enum"), here]


@pytest.mark.parametrize(
    ("violation", "option"),
    [
        (unknown("protec"), "protect"),
        (unknown("protec", suggestion="Protect"), "protect"),
        (unknown("Protec", suggestion="Protect"), None),
        (unknown("Protec"), "protect"),
        (unknown("Block", "protec"), None),
        (Violation(("protec",), "type", "is no text"), None),
        (unknown("zzzzzz"), None),
    ],
)
def test_a_misspelt_keyword_may_mean_an_option(violation: Violation, option: str | None) -> None:
    assert _option(violation) == option


def test_the_text_of_a_problem_names_what_was_probably_meant() -> None:
    assert _text(unknown("protec")) == "does not exist; did you mean the option 'protect'?"
    assert _text(unknown("TopicNam", suggestion="TopicName")) == "does not exist; did you mean 'TopicName'?"
    assert _text(unknown("zzzzzz")) == "does not exist"


@pytest.mark.parametrize(("quoted", "shown"), [("true", "True"), ("443", "443"), ("", "")])
def test_a_quoted_value_is_shown_as_python_writes_it(quoted: str, shown: str) -> None:
    violation = Violation(("A",), "type", "is a text", unquoted=quoted)

    assert _problem(DECLARATION, violation).unquoted == shown


def test_a_document_is_too_large_beyond_the_limit_and_only_if_all_of_it_is_known() -> None:
    large = {"DisplayName": "x" * 300_000}
    (found,) = oversized(DECLARATION, subject_of(large))
    assert found.path == ""
    assert oversized(DECLARATION, subject_of({"DisplayName": "x"})) == []
    assert oversized(DECLARATION, subject_of({**large, "TopicName": Unknown(Ref("b", ()))})) == []


def test_all_that_is_wrong_is_listed_resource_by_resource() -> None:
    problems = [problem(), problem("/B", hint="one\ntwo"), problem("", "can't be made", key="b")]
    findings = [finding("/C"), finding(key="z"), finding("/D", severity="warning"), finding("/E", silenced="meant")]
    error = refuse(problems, findings)

    assert error.message.splitlines() == [
        "4 problems, nothing was sent",
        f"  a  {TOPIC}  {DECLARATION.source}",
        "    /A: is wrong",
        "    /B: is wrong",
        "      one",
        "      two",
        "    R1 /C: is against the rule",
        "      fix: mend",
        f"  b  {TOPIC}  {DECLARATION.source}",
        "    /: can't be made",
    ]
    assert refuse([problem()]).message.startswith("1 problem, nothing was sent")


def test_a_rule_about_the_same_path_says_more_than_the_schema() -> None:
    whole = problem("")
    assert _unreported([problem(), problem("/B"), whole], [finding(), finding("")]) == [problem("/B"), whole]
    (line, _) = _listed([], [finding("")])
    assert line == "    R1 /: is against the rule"


@pytest.mark.parametrize(("count", "lines"), [(_MOST_QUOTED, _MOST_QUOTED), (_MOST_QUOTED + 1, 1)])
def test_many_quoted_values_share_a_line(count: int, lines: int) -> None:
    quoted = [problem(f"/P{number}", "is quoted", unquoted="1") for number in range(count)]
    found = list(_listed([*quoted, problem("/Z")], []))

    assert len(found) == lines + 1
    assert found[-1] == "    /Z: is wrong"
    assert _MOST_QUOTED == 2


# -- resources that fill attributes of others


def address(value: object) -> Declaration:
    return Declaration(key="ip", type=EIP, document={"InstanceId": value, "Domain": value})


def test_a_resource_fills_attributes_of_what_one_of_its_properties_names() -> None:
    override = CATALOG.get(EIP).override
    (found,) = fillings(address(Ref("server", ())), override)

    assert found == Filling(("InstanceId",), "server", frozenset({"PublicDnsName", "PublicIp"}))
    assert list(fillings(address(Ref("other", (), outside=True)), override)) == []
    assert list(fillings(address(Ref("server", ())), CATALOG.get(TOPIC).override)) == []


@pytest.mark.parametrize(
    ("action", "path", "fills"),
    [
        (Action.CREATE, "/Other", True),
        (Action.REPLACE, "/Other", True),
        (Action.RESUME, "/Other", True),
        (Action.UPDATE, "/InstanceId", True),
        (Action.UPDATE, "/Other", False),
        (Action.NONE, "/InstanceId", False),
    ],
)
def test_a_step_fills_again_if_it_makes_the_resource_or_names_another_owner(
    action: Action, path: str, *, fills: bool
) -> None:
    filling = Filling(("InstanceId",), "server", frozenset({"PublicIp"}))

    assert fills_after(step("ip", action, Change(path, "replace")), filling) == fills


def server(**more: Any) -> Record:
    return record(INSTANCE, "i-1", key="server", **more)


@pytest.mark.parametrize(
    ("updated", "filled", "written", "old"), [(1.0, 0.0, 2.0, True), (2.0, 0.0, 2.0, False), (1.0, 3.0, 2.0, False)]
)
def test_attributes_are_outdated_if_they_were_read_before_they_were_filled(
    updated: float, filled: float, written: float, *, old: bool
) -> None:
    owner = server(updated_at=updated, filled_at=filled)
    filler = record(EIP, "ip", key="ip", declared={"InstanceId": "i-1"}, updated_at=written)
    other = record(EIP, "ip2", key="ip2", declared={"InstanceId": "i-2"}, updated_at=9.0)

    assert is_outdated(owner, filler) == old
    assert outdated([owner, filler, other], CATALOG) == ({owner.id: written} if old else {})
    owners = set(_owners(filler, CATALOG.get(EIP).override))
    assert owners == {(INSTANCE, "i-1")}
