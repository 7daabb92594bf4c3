from __future__ import annotations

import stat
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from cloudwright.errors import LockHeld, ProgramError
from cloudwright.plan.model import Finding
from cloudwright.plan.options import PlanOptions
from cloudwright.plan.saved import read
from render_samples import every_kind, partial

if TYPE_CHECKING:
    from pathlib import Path

    from cli_fakes import Command, FakeApp

WRONG = Finding(id="IB103", severity="error", key="basic", text="wrong")


def test_a_plan_is_shown_and_nothing_is_applied(command: Command, app: FakeApp) -> None:
    ran = command("plan", app=app)

    assert ran.code == 0
    assert "AWS::ImageBuilder::DistributionConfiguration  basic" in ran.out
    assert ran.out.count("1 create, 0 unchanged") == 2
    assert app.applied == []


def test_every_switch_reaches_the_planner(command: Command, app: FakeApp) -> None:
    words = "--refresh --target a --target b --exclude c --replace d --allow-replace e --delete-first f --adopt g"
    ran = command("plan", *words.split(), "--strict-values", "--stage", "prod", "--local", app=app)

    assert ran.code == 0
    assert app.settings == {"stage": "prod", "local": True}
    assert app.options == PlanOptions(
        refresh=True,
        targets=("a", "b"),
        excludes=("c",),
        replace=("d",),
        allow_replace=("e",),
        delete_first=("f",),
        adopt=("g",),
        strict_values=True,
    )


@pytest.mark.parametrize(("kind", "code"), [("app", 2), ("idle", 0)])
def test_the_detailed_exit_code_tells_changes(
    command: Command, request: pytest.FixtureRequest, kind: str, code: int
) -> None:
    app = request.getfixturevalue(kind)

    assert command("plan", "--detailed-exitcode", app=app).code == code
    assert command("plan", app=app).code == 0


def test_the_detailed_exit_code_tells_a_partial_plan(command: Command, app: FakeApp) -> None:
    app.plans = [partial()]

    assert command("plan", "--detailed-exitcode", app=app).code == 3


def test_strict_stops_at_errors_and_not_at_warnings(command: Command, app: FakeApp) -> None:
    app.plans = [replace(app.plans[0], findings=(replace(WRONG, severity="warning"),))]
    assert command("plan", "--strict", app=app).code == 0
    app.plans = [replace(app.plans[0], findings=(WRONG,))]
    assert command("plan", app=app).code == 0
    ran = command("plan", "--strict", app=app)

    assert ran.code == 5
    assert "findings of severity error stop payments/dev: IB103; nothing was sent" in ran.err


def test_a_silenced_error_does_not_stop(command: Command, app: FakeApp) -> None:
    app.plans = [replace(app.plans[0], findings=(replace(WRONG, silenced="known"),))]

    assert command("plan", "--strict", app=app).code == 0


def test_a_plan_is_saved_for_its_owner_alone(command: Command, app: FakeApp, tmp_path: Path) -> None:
    app.plans = [every_kind()]
    path = tmp_path / "prod.plan"
    ran = command("plan", "-o", str(path), "--replace", "db", "--stage", "prod", app=app)

    assert ran.code == 0
    assert f"saved: {path}" in ran.out
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert read(path).plan == every_kind()
    assert read(path).options == PlanOptions(replace=("db",))
    assert [path] == list(tmp_path.iterdir())


def test_a_partial_plan_is_not_saved(command: Command, app: FakeApp, tmp_path: Path) -> None:
    app.plans = [partial()]
    ran = command("plan", "-o", str(tmp_path / "x"), app=app)

    assert ran.code == 1
    assert "a partial plan can't be saved" in ran.err
    assert list(tmp_path.iterdir()) == []


def test_json_is_lines_with_the_version_first(command: Command, app: FakeApp) -> None:
    ran = command("plan", "--json", app=app)

    assert ran.types == ["version", "plan", "step"]
    assert ran.lines[0]["command"] == "plan"
    assert ran.err == ""


@pytest.mark.parametrize(
    ("error", "code", "shown"),
    [
        (LockHeld("held by ada", hint="wait"), 4, "error: held by ada\n  fix: wait"),
        (ProgramError("twice"), 1, "error: twice"),
    ],
)
def test_errors_are_words_and_an_exit_code(
    command: Command, app: FakeApp, error: Exception, code: int, shown: str
) -> None:
    app.error = error
    ran = command("plan", app=app)

    assert ran.code == code
    assert shown.splitlines()[0] in ran.err
    assert "Traceback" not in ran.err
    assert command("plan", "--json", app=app).lines[-1]["exit_code"] == code


def test_the_traceback_is_shown_on_demand(command: Command, app: FakeApp, monkeypatch: pytest.MonkeyPatch) -> None:
    app.error = ProgramError("twice")
    monkeypatch.setenv("CLOUDWRIGHT_TRACEBACK", "1")

    assert "Traceback" in command("plan", app=app).err


def test_colours_are_off_in_a_pipe_and_on_when_asked(command: Command, app: FakeApp) -> None:
    assert "\x1b[" not in command("plan", app=app).out
    assert "\x1b[32m" in command("plan", "--color", app=app).out
