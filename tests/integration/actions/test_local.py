"""Actions on the local cloud: those that say so are called, the others get an invented result."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import pytest

from cloudwright import ActionContext, App, Secret, action
from cloudwright.aws.control import AWS
from cloudwright.engine.actions import invented
from cloudwright.program.shape import shape_of

if TYPE_CHECKING:
    from cloudwright.testing import AppRunner


@dataclass(frozen=True)
class Issued:
    name: str
    count: int
    kind: Literal["blue", "green"]
    token: Secret
    note: str | None = None


def app_of(calls: list[str], *, runs_locally: bool) -> App:
    app = App("local")

    @app.program
    def main() -> dict[str, object]:
        @action(runs_locally=runs_locally)
        async def issue(context: ActionContext) -> Issued:
            calls.append(context.token)
            return Issued("real", 7, "green", Secret("s3cret-token"))

        issued = issue()
        AWS.SSM.Parameter("p", Name="/p", Type="String", Value=issued.result.name)
        return {"count": issued.result.count, "kind": issued.result.kind, "token": issued.result.token}

    return app


def test_one_that_runs_locally_is_called(app_runner: AppRunner) -> None:
    calls: list[str] = []
    app = app_of(calls, runs_locally=True)

    app_runner.deploy(app)
    assert {"count": 7, "kind": "green", "token": Secret("s3cret-token")} == app_runner.outputs(app)
    assert 1 == len(calls)


def test_any_other_is_not_called_and_its_result_is_invented(app_runner: AppRunner) -> None:
    calls: list[str] = []
    app = app_of(calls, runs_locally=False)

    result = app_runner.deploy(app)
    assert {"count": 1, "kind": "blue", "token": Secret("issue-token")} == app_runner.outputs(app)
    [issued] = [one for one in result.outcomes if one.key == "issue"]
    assert ("it was not called on the local cloud: its result is invented",) == issued.notes
    assert [] == calls
    assert app_runner.plan(app).empty


@pytest.mark.parametrize("hint", [Issued, list[str], dict[str, int], int, float, bool, str, Secret, str | None])
def test_what_is_invented_has_the_type_of_the_result(hint: object) -> None:
    shape = shape_of(hint, "it")

    shape.read(invented(shape, "a/b"), "it")


def test_a_program_without_actions_loads_nothing_of_them() -> None:
    code = """
import sys
from cloudwright import App
from cloudwright.aws.control import AWS
app = App("none", local=True)
@app.program
def main():
    AWS.SNS.Topic("t", TopicName="t")
import asyncio, pathlib, tempfile
app.configure(folder=pathlib.Path(tempfile.mkdtemp()), stage="dev")
async def run():
    await app.deploy()
asyncio.run(run())
new = "program.action", "program.shape", "program.user_code", "plan.actions", "engine.actions", "state.action_edits"
print([name for name in new if f"cloudwright.{name}" in sys.modules])
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert "[]" == done.stdout.strip()
