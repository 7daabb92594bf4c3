"""The printed policies of a few types and of the examples; `make sweep` looks at 300 types, action by action."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from cloudwright.permissions.model import Purpose
from cloudwright.permissions.policy import policies
from cloudwright.testing import loop
from sweep.permissions import (
    EXAMPLES,
    NOTHING,
    Guarded,
    Run,
    faults,
    faults_of,
    looked_at,
    runs_of,
    runs_of_file,
    said_under,
    sample,
    without,
)

if TYPE_CHECKING:
    from pathlib import Path

TYPES = [
    *("AWS::SNS::Topic", "AWS::DMS::MigrationProject", "AWS::AppConfig::HostedConfigurationVersion"),
    *("AWS::S3::BucketPolicy", *sample(40)[:4:3]),
]
"""Reads by several services; an instance profile that is none of IAM's; no update."""


@pytest.mark.parametrize("type_name", dict.fromkeys(TYPES))
def test_the_printed_policy_of_a_type_suffices_and_nothing_can_be_left_out(type_name: str) -> None:
    assert faults_of(type_name) == []


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_the_printed_policies_of_an_example_suffice(path: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)

    async def go() -> list[str]:
        return [await said_under(run, await run.policies()) for run in runs_of_file(path)]

    assert loop.run(go()) == ["", "", "", ""]


@dataclass(frozen=True)
class Generous(Run):
    """A run whose policy has one action too many."""

    async def policies(self) -> list[dict[str, Any]]:
        """The printed ones, and one more."""
        more = {"Effect": "Allow", "Action": ["sqs:SendMessage"], "Resource": ["*"]}
        return [{"Version": "2012-10-17", "Statement": [more]}, *await Run.policies(self)]


def test_an_action_that_no_run_calls_is_found() -> None:
    first = next(runs_of("AWS::AppConfig::HostedConfigurationVersion"))
    run = Generous(first.name, first.purpose, first.before, first.program)

    assert [one.split(" can be")[0] for one in loop.run(faults(run))] == ["create: sqs:SendMessage"]


@dataclass(frozen=True)
class Mean(Run):
    """A run whose policy has nothing."""

    async def policies(self) -> list[dict[str, Any]]:
        """No action at all."""
        return [NOTHING]


def test_a_policy_that_does_not_suffice_is_found() -> None:
    first = next(runs_of("AWS::AppConfig::HostedConfigurationVersion"))
    (fault,) = loop.run(faults(Mean(first.name, first.purpose, first.before, first.program)))

    assert fault.startswith("create: the printed policy does not suffice: ")


def test_a_sweep_continues_where_its_file_of_results_ends(tmp_path: Path) -> None:
    results = tmp_path / "results"
    results.write_text('{"AWS::SNS::Topic": ["create: known already"]}\n')

    found = looked_at(["AWS::SNS::Topic", "AWS::AppConfig::HostedConfigurationVersion"], results)

    assert found == {"AWS::SNS::Topic": ["create: known already"], "AWS::AppConfig::HostedConfigurationVersion": []}
    assert json.loads(results.read_text().splitlines()[1]) == {"AWS::AppConfig::HostedConfigurationVersion": []}


def test_the_printed_policy_for_asking_the_service_suffices(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    golden = next(path for path in EXAMPLES if path.stem == "golden_image")
    program = next(runs_of_file(golden)).program
    asking = "imagebuilder:CreateComponent"

    async def go() -> tuple[list[str], list[str]]:
        world = Guarded(tmp_path)
        app = program(world)
        needed = await app.permissions(Purpose.ASK_SERVICE)
        documents = [dict(one.document) for account in needed for one in policies(account, account.name)]
        answers = []
        for given in (documents, without(documents, asking)):
            world.allow(given)
            plan = await app.ask_service(await app.plan())
            answers.append([one.text for one in plan.findings if one.id in {"aws-refused", "aws-no-answer"}])
        return answers[0], answers[1]

    good, bad = loop.run(go())

    assert good == []
    assert len(bad) == 1
    assert f"is not authorized to perform: {asking}" in bad[0]
