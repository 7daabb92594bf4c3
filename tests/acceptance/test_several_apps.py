"""Several apps in one command: order, one question, what depends on a failure, and preview stages."""

from __future__ import annotations

import sys
import time
from textwrap import dedent
from typing import TYPE_CHECKING, Any

import pytest

from cli_fakes import Keyboard
from cloudwright.cli.root import run
from json_output import read_lines

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    Write = Callable[[str, str], None]
    Shell = Callable[..., tuple[int, str]]
    Lines = Callable[..., tuple[int, list[dict[str, Any]]]]

NETWORK = """
    from cloudwright import App
    from cloudwright.aws import EC2

    app = App("network", stage="prod")

    @app.program
    async def main():
        return {"VpcId": EC2.VPC("vpc", CidrBlock="10.0.0.0/16").VpcId}
"""
WEB = """
    from cloudwright import App, outputs
    from cloudwright.aws import EC2, SNS

    app = App("web", stage="prod")

    @app.program
    async def main():
        SNS.Topic("alarms", TopicName="alarms")
        network = await outputs("network")
        EC2.Subnet("subnet", VpcId=network["VpcId"], CidrBlock="10.0.1.0/24")
"""
JOBS = """
    from cloudwright import App
    from cloudwright.aws import SSM

    app = App("jobs", stage="prod")

    @app.program
    async def main():
        SSM.Parameter("jobs", Name="/jobs", Type="String", Value="1")
"""
PREVIEW = """
    from cloudwright import App
    from cloudwright.aws import SNS

    app = App("shop")

    @app.program
    async def main():
        SNS.Topic("orders", TopicName=f"orders-{app.stage}", protect=app.stage == "review-kept")
"""
WEEK = 7 * 86_400


@pytest.fixture(autouse=True)
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A separate folder; what a program imported is forgotten afterwards."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("CLOUDWRIGHT_STAGE", raising=False)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    paths, modules = list(sys.path), set(sys.modules)
    yield
    sys.path[:] = paths
    for name in set(sys.modules) - modules:
        if (getattr(sys.modules[name], "__file__", None) or "").startswith(str(tmp_path)):
            del sys.modules[name]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def written(name: str, text: str) -> None:
        (tmp_path / name).write_text(dedent(text), "utf-8")

    return written


@pytest.fixture
def three(write: Write) -> None:
    write("jobs.py", JOBS)
    write("web.py", WEB)
    write("network.py", NETWORK)


@pytest.fixture
def shell(capsys: pytest.CaptureFixture[str]) -> Shell:
    """Runs `cloudwright ARGS --local`: exit code, all that was printed."""

    def ran(*args: str) -> tuple[int, str]:
        code = run([*args, "--local"])
        printed = capsys.readouterr()
        return code, printed.out + printed.err

    return ran


@pytest.fixture
def lines(capsys: pytest.CaptureFixture[str]) -> Lines:
    """The same with `--json`."""

    def ran(*args: str) -> tuple[int, list[dict[str, Any]]]:
        code = run([*args, "--local", "--json"])
        return code, read_lines(capsys.readouterr().out)

    return ran


def about(lines: list[dict[str, Any]]) -> list[tuple[str, dict[str, Any]]]:
    """Each line with the app that it is about."""
    found, app = [], ""
    for line in lines:
        app = line["app"] if line["type"] == "app" else app
        found.append((app, line))
    return found


@pytest.mark.usefixtures("three")
def test_a_folder_is_deployed_after_one_question(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    keyboard = Keyboard("y\n")
    monkeypatch.setattr("sys.stdin", keyboard)

    code, reported = shell("deploy", ".")

    assert code == 0, reported
    assert reported.count("[y/N]") == 1
    assert "Deploy jobs/prod, network/prod, web/prod? [y/N]" in reported
    assert "VpcId      (known after deploy: network/prod:/VpcId)" in reported
    assert reported.splitlines()[-5:-1] == [
        "ok            jobs/prod",
        "ok            network/prod",
        "ok            web/prod",
        "ok: 3 apps deployed",
    ]
    assert "network: vpc  created" in reported
    code, reported = shell("deploy", ".")
    assert (code, reported.count("0 changes")) == (0, 6), reported


@pytest.mark.usefixtures("three")
def test_a_program_that_computes_with_an_unknown_output_is_planned_further_later(
    write: Write, shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    write("web.py", WEB.replace('VpcId=network["VpcId"]', 'VpcId=network["VpcId"].removeprefix("x")'))
    monkeypatch.setattr("sys.stdin", Keyboard("y\n"))

    code, reported = shell("deploy", ".")

    assert code == 0, reported
    assert "the program computes with network/prod:/VpcId, which is known only after deploy" in " ".join(
        reported.split()
    )
    assert "web/prod (including the creates and updates that are planned later)?" in reported
    assert reported.count("AWS::EC2::Subnet  subnet") == 1


@pytest.mark.usefixtures("three")
def test_a_no_changes_nothing(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", Keyboard("n\n"))

    code, reported = shell("deploy", ".")

    assert code == 1
    assert "nothing was changed\n" in reported
    assert " 0 resources" in shell("state", "list", "jobs.py")[1]


@pytest.mark.usefixtures("three")
def test_apps_that_need_nothing_run_in_parallel(lines: Lines) -> None:
    code, shown = lines("deploy", "web.py", "network.py", "jobs.py", "--yes")

    events = [(app, line["type"], line["key"]) for app, line in about(shown) if line["type"] in {"started", "finished"}]
    assert code == 0
    assert events.index(("jobs", "started", "jobs")) < events.index(("network", "finished", "vpc"))
    assert events.index(("network", "finished", "vpc")) < events.index(("web", "started", "subnet"))
    assert shown[-1]["type"] == "apps_result"
    assert [(one["app"], one["status"], one["exit_code"]) for one in shown[-1]["apps"]] == [
        ("network", "done", 0),
        ("web", "done", 0),
        ("jobs", "done", 0),
    ]


@pytest.mark.usefixtures("three")
def test_a_later_plan_uses_the_outputs_that_are_known(shell: Shell) -> None:
    assert shell("deploy", "network.py", "--yes")[0] == 0

    code, reported = shell("plan", "web.py", "network.py", "--detailed-exitcode")

    assert code == 2
    assert 'VpcId      "vpc-' in reported
    assert "partial" not in reported


@pytest.mark.usefixtures("three")
def test_a_failure_skips_only_what_needs_it(write: Write, shell: Shell, lines: Lines) -> None:
    write("taken.py", JOBS.replace('"jobs"', '"taken"').replace("/jobs", "/network"))
    assert shell("deploy", "taken.py", "--yes")[0] == 0
    failing = 'EC2.VPC("vpc", CidrBlock="10.0.0.0/16").VpcId}'
    name = 'SSM.Parameter("p", Name="/network", Type="String", Value="1").Type}'
    write("network.py", NETWORK.replace(failing, name).replace("EC2", "SSM"))

    code, shown = lines("deploy", "jobs.py", "network.py", "web.py", "--yes")

    apps = {one["app"]: one for one in shown[-1]["apps"]}
    assert code == 3
    assert {name: one["status"] for name, one in apps.items()} == {
        "jobs": "done",
        "network": "failed",
        "web": "skipped",
    }
    assert apps["web"]["because"] == "network/prod is not complete"
    assert " 0 resources" in shell("state", "list", "web.py")[1]


def test_a_cycle_is_named_before_anything_is_sent(write: Write, shell: Shell) -> None:
    write("web.py", WEB)
    write(
        "network.py",
        NETWORK.replace("import App", "import App, outputs").replace(
            "        return", '        await outputs("web")\n        return'
        ),
    )
    write("jobs.py", JOBS)

    code, reported = shell("deploy", ".", "--yes")

    assert code == 1
    assert "the apps read each other's outputs in a cycle" in reported
    assert "network/prod reads those of web/prod" in reported
    assert "web/prod reads those of network/prod" in reported
    assert reported.count("error:") == 1
    assert " 0 resources" in shell("state", "list", "jobs.py")[1]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("def (", "invalid syntax"),
        (WEB.replace("CidrBlock=", "CidrBlok="), "CidrBlok"),
        (WEB.replace('network["VpcId"]', 'network["Vpc"]'), "has no output 'Vpc'"),
        (WEB.replace("SNS.Topic", "1 / 0; SNS.Topic"), "ZeroDivisionError"),
    ],
)
def test_a_bad_program_stops_all_before_anything_is_sent(write: Write, shell: Shell, text: str, reason: str) -> None:
    write("jobs.py", JOBS)
    write("network.py", NETWORK.replace('{"VpcId": ', '{"Id": 1, "VpcId": '))
    write("web.py", text)

    code, reported = shell("deploy", "jobs.py", "network.py", "web.py", "--yes")

    assert code == 1
    assert reason in reported
    assert "web" in reported
    assert " 0 resources" in shell("state", "list", "jobs.py")[1]


@pytest.mark.usefixtures("three")
def test_what_nobody_was_asked_about_is_not_deleted(write: Write, shell: Shell) -> None:
    old = '        SNS.Topic("old", TopicName="old")\n'
    write("web.py", WEB.split("        network =", maxsplit=1)[0] + old)
    assert shell("deploy", "web.py", "--yes")[0] == 0
    write("web.py", WEB.replace('VpcId=network["VpcId"]', 'VpcId=network["VpcId"].removeprefix("x")'))

    code, reported = shell("deploy", "web.py", "network.py", "--yes")

    assert code == 3, reported
    assert "web/prod now needs changes that its plan did not show" in reported
    assert "run the same command again" in reported
    assert "old" in shell("state", "list", "web.py")[1]
    code, reported = shell("deploy", "web.py", "network.py", "--yes")
    assert (code, "1 created, 1 deleted" in reported) == (0, True), reported


@pytest.mark.usefixtures("three")
def test_a_delete_that_was_shown_is_carried_out(write: Write, shell: Shell) -> None:
    write("web.py", WEB.split("        network =", maxsplit=1)[0] + '        SNS.Topic("old", TopicName="old")\n')
    assert shell("deploy", "web.py", "--yes")[0] == 0
    write("web.py", WEB)

    code, reported = shell("deploy", "web.py", "network.py", "--yes")

    assert (code, "1 created, 1 deleted" in reported) == (0, True), reported


@pytest.mark.usefixtures("three")
def test_a_destroy_begins_with_the_users_of_outputs(shell: Shell, lines: Lines) -> None:
    assert shell("deploy", ".", "--yes")[0] == 0

    code, shown = lines("destroy", "network.py", "web.py", "--yes")

    events = [(app, line["type"], line["key"]) for app, line in about(shown) if line["type"] in {"started", "finished"}]
    assert code == 0
    assert events.index(("web", "finished", "subnet")) < events.index(("network", "started", "vpc"))
    assert not any("use its outputs" in note for line in shown if line["type"] == "plan" for note in line["notes"])
    assert " 0 resources" not in shell("state", "list", "jobs.py")[1]


def later(monkeypatch: pytest.MonkeyPatch, seconds: float) -> None:
    monkeypatch.setattr("cloudwright.clock.SystemClock.now", lambda _: time.time() + seconds)


def test_previews_that_nobody_deployed_for_a_week_are_destroyed(
    write: Write, shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    write("infra.py", PREVIEW)
    for stage in ("prod", "review-1", "review-2"):
        assert shell("deploy", "--stage", stage, "--yes")[0] == 0
    later(monkeypatch, WEEK + 60)
    write("infra.py", PREVIEW.replace("orders-", "sales-"))
    assert shell("deploy", "--stage", "review-2", "--yes")[0] == 0
    monkeypatch.setattr("sys.stdin", Keyboard("y\n"))

    code, reported = shell("destroy", "--stage", "review-*", "--older-than", "7d")

    assert code == 0, reported
    assert "shop/review-1 was last deployed 168 h 1 min ago" in reported
    assert "Destroy shop/review-1?" in reported
    assert "review-2" not in reported
    assert " 0 resources" in shell("state", "list", "--stage", "review-1")[1]
    assert "orders" in shell("state", "list", "--stage", "review-2")[1]
    assert "orders" in shell("state", "list", "--stage", "prod")[1]
    code, reported = shell("destroy", "--stage", "review-*", "--older-than", "7d")
    assert (code, "no stage that matches review-*" in reported) == (0, True)


def test_a_protected_preview_stops_all(write: Write, shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    write("infra.py", PREVIEW)
    for stage in ("review-1", "review-kept"):
        assert shell("deploy", "--stage", stage, "--yes")[0] == 0
    later(monkeypatch, WEEK + 60)

    code, reported = shell("destroy", "--stage", "review-*", "--older-than", "1w", "--yes")

    assert code == 1
    assert "shop/review-kept (infra.py) can't be planned" in reported
    assert "protect" in reported
    assert "orders" in shell("state", "list", "--stage", "review-1")[1]
