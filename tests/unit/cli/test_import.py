from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest

from cli_fakes import Command, FakeApp
from cloudwright.plan.model import Action
from render_samples import plan, step

if TYPE_CHECKING:
    from cloudwright.engine.outcome import Result


@dataclass
class Importing(FakeApp):
    """An app that remembers what it was asked to bind."""

    bound: list[tuple[str, str, bool]] = field(default_factory=list)

    async def import_(self, key: str, identifier: str, *, force: bool, observer: Any, approve: Any) -> Result:
        self.bound.append((key, identifier, force))
        return await self.deploy(options=None, observer=observer, concurrency=None, approve=approve)


@pytest.fixture
def importing() -> Importing:
    return Importing([plan(step("vpc", Action.IMPORT, identifier="vpc-1"))])


def test_a_key_is_bound_to_an_identifier_after_the_plan_was_shown(command: Command, importing: Importing) -> None:
    ran = command("import", "vpc", "vpc-1", "--yes", app=importing)

    assert (0, [("vpc", "vpc-1", False)]) == (ran.code, importing.bound)
    assert "adopts vpc-1" in ran.out


def test_it_asks_first(command: Command, importing: Importing) -> None:
    ran = command("import", "vpc", "vpc-1", app=importing)

    assert (1, []) == (ran.code, importing.applied)
    assert "needs confirmation" in ran.err


def test_force_is_handed_on(command: Command, importing: Importing) -> None:
    command("import", "vpc", "a|b", "--force", "--yes", app=importing)

    assert [("vpc", "a|b", True)] == importing.bound


@pytest.mark.parametrize(
    "words",
    [
        [],
        ["vpc"],
        ["infra.py", "vpc", "vpc-1"],
        ["a", "b", "c", "d"],
        ["vpc", "vpc-1", "--type", "AWS::EC2::VPC", "--generate", "x.py"],
        ["--type", "AWS::EC2::VPC"],
        ["--generate", "x.py"],
        ["vpc", "vpc-1", "--parent", "A=b"],
        ["vpc", "vpc-1", "--profile", "p"],
        ["--type", "T", "--generate", "x.py", "--parent", "no-value"],
    ],
)
def test_a_wrong_command_line_is_wrong_usage(command: Command, importing: Importing, words: list[str]) -> None:
    ran = command("import", *words, app=importing)

    assert (64, []) == (ran.code, importing.bound)
