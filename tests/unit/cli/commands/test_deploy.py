from __future__ import annotations

import os
import signal
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from cloudwright.engine.outcome import Status
from cloudwright.errors import StalePlan
from cloudwright.plan.model import Action, Finding
from cloudwright.plan.options import PlanOptions
from cloudwright.plan.saved import Saved, write
from render_samples import every_kind, outcome, partial, plan, step

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from cli_fakes import Command, FakeApp, Keyboard

    Typing = Callable[[str], Keyboard]


def test_with_yes_everything_is_applied_and_told(command: Command, app: FakeApp) -> None:
    ran = command("deploy", "--yes", "--concurrency", "7", app=app)

    assert ran.code == 0
    assert app.applied == app.plans
    assert app.concurrency == 7
    assert "basic  created" in ran.out
    assert "Password  (secret)" in ran.out
    assert ran.out.rstrip().endswith("ok: 1 created in 1.5 s, 3 calls")


def test_without_a_terminal_and_without_yes_the_error_names_the_flag(command: Command, app: FakeApp) -> None:
    ran = command("deploy", app=app)

    assert ran.code == 1
    assert "changing payments/dev needs confirmation, and there is no terminal to ask on" in ran.err
    assert "add --yes" in ran.err
    assert app.applied == []


def test_nothing_to_do_asks_nothing(command: Command, idle: FakeApp) -> None:
    ran = command("deploy", app=idle)

    assert ran.code == 0
    assert "0 changes, 1 unchanged" in ran.out
    assert "[y/N]" not in ran.err


@pytest.mark.parametrize("answer", ["y\n", "YES\n"])
def test_the_question_names_app_and_stage_and_takes_a_yes(
    command: Command, typing: Typing, app: FakeApp, answer: str
) -> None:
    typing(answer)
    ran = command("deploy", "--stage", "prod", app=app)

    assert "Apply these changes to payments/prod? [y/N]" in ran.err
    assert (ran.code, len(app.applied)) == (0, 1)


@pytest.mark.parametrize("answer", ["", "\n", "n\n", "sure\n"])
def test_anything_else_is_a_no(command: Command, typing: Typing, app: FakeApp, answer: str) -> None:
    typing(answer)
    ran = command("deploy", app=app)

    assert (ran.code, app.applied) == (1, [])
    assert "nothing was changed" in ran.out


def test_destroy_asks_in_its_own_words(command: Command, typing: Typing, app: FakeApp) -> None:
    typing("n\n")
    ran = command("destroy", "--stage", "prod", app=app)

    assert "Destroy payments/prod? [y/N]" in ran.err
    assert ran.out.startswith("Destroy  payments/prod")
    assert ran.code == 1


def test_destroy_without_a_terminal_names_the_flag(command: Command, app: FakeApp) -> None:
    assert "add --yes" in command("destroy", app=app).err


def test_destroy_passes_its_options(command: Command, app: FakeApp) -> None:
    ran = command("destroy", "--yes", "--target", "a", "--exclude", "b", "--refresh", "--concurrency", "2", app=app)

    assert (ran.code, app.concurrency) == (0, 2)
    assert app.options == PlanOptions(targets=("a",), excludes=("b",), refresh=True)


def test_an_error_stops_before_anything_is_applied(command: Command, app: FakeApp) -> None:
    wrong = Finding(id="IB103", severity="error", key="basic", text="wrong")
    app.plans = [replace(app.plans[0], findings=(wrong,))]

    ran = command("deploy", "--yes", app=app)
    assert (ran.code, app.applied) == (5, [])
    assert "findings of severity error stop payments/dev: IB103; nothing was sent" in ran.err
    assert command("deploy", "--yes", "--allow-findings", app=app).code == 0


def test_a_warning_or_a_silenced_error_stops_nothing(command: Command, app: FakeApp) -> None:
    wrong = Finding(id="IB103", severity="error", key="basic", text="wrong")
    app.plans = [
        replace(app.plans[0], findings=(replace(wrong, severity="warning"), replace(wrong, silenced="known"))),
    ]

    assert command("deploy", "--yes", app=app).code == 0


def test_workflows_of_older_versions_still_run(command: Command, app: FakeApp) -> None:
    assert command("deploy", "--yes", "--strict", app=app).code == 0


def test_each_plan_of_a_partial_program_is_asked_for(command: Command, typing: Typing, app: FakeApp) -> None:
    app.plans = [partial(), plan(step("later", Action.CREATE))]
    typing("y\nn\n")
    ran = command("deploy", app=app)

    assert len(app.applied) == 1
    assert ran.err.count("[y/N]") == 2
    assert ran.code == 1


def test_yes_covers_later_creates(command: Command, app: FakeApp) -> None:
    app.plans = [partial(), plan(step("later", Action.CREATE), step("other", Action.UPDATE))]

    assert command("deploy", "--yes", app=app).code == 0
    assert len(app.applied) == 2


@pytest.mark.parametrize("action", [Action.REPLACE, Action.DELETE, Action.FORGET])
def test_yes_covers_no_later_replacement_or_delete(command: Command, app: FakeApp, action: Action) -> None:
    app.plans = [partial(), plan(step("later", action))]
    ran = command("deploy", "--yes", app=app)

    assert (ran.code, len(app.applied)) == (1, 1)
    assert "--yes does not cover them" in ran.err


def test_a_later_replacement_is_asked_for_at_a_terminal(command: Command, typing: Typing, app: FakeApp) -> None:
    app.plans = [partial(), plan(step("later", Action.REPLACE))]
    typing("y\n")

    assert command("deploy", "--yes", app=app).code == 0
    assert len(app.applied) == 2


def test_a_saved_plan_is_applied_with_its_options_and_stage(command: Command, app: FakeApp, tmp_path: Path) -> None:
    path = tmp_path / "p"
    write(path, Saved(every_kind(), PlanOptions(replace=("db",))))
    ran = command("deploy", "--plan", str(path), "--yes", app=app)

    assert ran.code == 0
    assert (app.given, app.options) == (every_kind(), PlanOptions(replace=("db",)))
    assert app.settings["stage"] == "prod"


def test_a_saved_plan_of_another_stage_is_refused(command: Command, app: FakeApp, tmp_path: Path) -> None:
    path = tmp_path / "p"
    write(path, Saved(every_kind()))
    ran = command("deploy", "--plan", str(path), "--stage", "test", "--yes", app=app)

    assert ran.code == 1
    assert "the saved plan is for payments/prod, not for payments/test" in ran.err


def test_a_saved_plan_takes_no_further_switches(command: Command, app: FakeApp, tmp_path: Path) -> None:
    ran = command("deploy", "--plan", str(tmp_path / "p"), "--refresh", app=app)

    assert ran.code == 64
    assert "--plan" in ran.err


def test_a_stale_plan_is_reported(command: Command, app: FakeApp) -> None:
    app.error = StalePlan()

    assert "plan again" in command("deploy", "--yes", app=app).err


def test_a_partly_done_deploy_has_its_own_exit_code(command: Command, app: FakeApp) -> None:
    app.results = (outcome("a"), outcome("b", status=Status.FAILED, message="no"))

    assert command("deploy", "--yes", app=app).code == 3


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_the_first_signal_in_a_run_stops_starting_and_tells_how_to_resume(
    command: Command, app: FakeApp, number: int, code: int
) -> None:
    app.during = lambda: os.kill(os.getpid(), number)
    ran = command("deploy", "--yes", "--stage", "prod", app=app)

    assert (app.signals, ran.code) == ([number], code)
    assert "waiting for the requests under way" in ran.out
    assert "`python infra.py deploy --stage prod` resumes later" in ran.out


def test_the_command_that_resumes_a_saved_plan_names_the_stage_of_the_plan(
    command: Command, app: FakeApp, tmp_path: Path
) -> None:
    path = tmp_path / "p"
    write(path, Saved(every_kind()))
    app.during = lambda: os.kill(os.getpid(), signal.SIGINT)
    ran = command("deploy", "--plan", str(path), "--yes", app=app)

    assert "`python infra.py deploy --stage prod` resumes later" in ran.out


def test_the_second_signal_leaves(command: Command, app: FakeApp) -> None:
    def twice() -> None:
        os.kill(os.getpid(), signal.SIGINT)
        os.kill(os.getpid(), signal.SIGTERM)

    app.during = twice
    ran = command("deploy", "--yes", app=app)

    assert len(app.signals) == 2
    assert "every request is in the journal" in ran.out


def test_ctrl_c_at_the_question_changes_nothing(
    command: Command, typing: Typing, app: FakeApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted() -> str:
        os.kill(os.getpid(), signal.SIGINT)
        return "y\n"

    monkeypatch.setattr(typing(""), "readline", interrupted)
    ran = command("deploy", app=app)

    assert (ran.code, app.applied) == (130, [])


def test_json_tells_plan_events_outcomes_outputs_and_result(command: Command, app: FakeApp) -> None:
    ran = command("deploy", "--yes", "--json", app=app)

    expected = ["version", "plan", "step", "applying", "started", "finished", "outcome", "outputs", "result"]
    assert ran.types == expected
    assert "hunter2" not in ran.out


def test_json_tells_a_signal(command: Command, app: FakeApp) -> None:
    app.during = lambda: os.kill(os.getpid(), signal.SIGINT)
    ran = command("deploy", "--yes", "--json", app=app)

    assert "notice" in ran.types
    assert ran.lines[-1]["exit_code"] == 130
