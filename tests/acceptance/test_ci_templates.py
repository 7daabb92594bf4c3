"""The GitHub Action and the GitLab template, step by step as their runners run them."""

from __future__ import annotations

import re
from pathlib import Path
from textwrap import dedent
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from ci_runner import Runner
from conformance import s3_server

if TYPE_CHECKING:
    from cloudwright.testing import ServedCloud

ROOT = Path(__file__).parents[2]
ACTION = yaml.safe_load((ROOT / "action" / "action.yml").read_text("utf-8"))
SPEC, GITLAB = yaml.safe_load_all((ROOT / "templates" / "cloudwright.yml").read_text("utf-8"))

PROGRAM = """
    from cloudwright import App
    from cloudwright.aws import SNS

    app = App("shop")

    @app.program
    def main():
        SNS.Topic("t", TopicName="orders", DisplayName="{name}")
"""


@pytest.fixture
def runner(tmp_path: Path, local_cloud_server: ServedCloud) -> Runner:
    made = Runner(
        tmp_path,
        {
            "AWS_ACCESS_KEY_ID": "123456789012",
            "AWS_SECRET_ACCESS_KEY": "secret",
            "AWS_REGION": "us-east-1",
            "AWS_ENDPOINT_URL": local_cloud_server.url,
            "CLOUDWRIGHT_STATE": str(tmp_path / "state.db"),
            "CLOUDWRIGHT_PASSPHRASE": "one for all jobs",
        },
    )
    write(made, "one")
    return made


def write(runner: Runner, name: str) -> None:
    (runner.repository / "infra.py").write_text(dedent(PROGRAM.format(name=name)), "utf-8")


def job(**given: str) -> dict[str, Any]:
    """A workflow whose only job uses the action."""
    steps = [{"uses": "actions/checkout@v4"}, {"uses": "./action", "with": {"stage": "prod", **given}}]
    return {"jobs": {"job": {"steps": steps}}}


def acted(runner: Runner, **given: str) -> tuple[int, str]:
    return runner(job(**given), "job", composite=ACTION)


def test_the_action_plans_comments_and_deploys_exactly_the_plan(runner: Runner) -> None:
    assert acted(runner, command="plan")[0] == 0
    assert "### Plan of `shop/prod`" in runner.read("comment.md")
    assert "### Plan of `shop/prod`" in runner.read("summary.md")

    code, printed = acted(runner, command="deploy")
    assert (code, "ok: 1 created" in printed) == (0, True)
    assert acted(runner, command="deploy")[0] == 1  # the plan is stale by now


def test_the_action_reports_drift(runner: Runner, local_cloud_server: ServedCloud) -> None:
    acted(runner, command="plan")
    acted(runner, command="deploy")
    assert acted(runner, command="drift")[0] == 0

    control = s3_server.client(local_cloud_server.url, "cloudcontrol")
    (live,) = control.list_resources(TypeName="AWS::SNS::Topic")["ResourceDescriptions"]
    patch = '[{"op": "replace", "path": "/DisplayName", "value": "two"}]'
    control.update_resource(TypeName="AWS::SNS::Topic", Identifier=live["Identifier"], PatchDocument=patch)
    code, printed = acted(runner, command="drift")
    assert (code, "::error::resources were changed outside cloudwright" in printed) == (2, True)


def test_an_input_is_never_run_as_a_script(runner: Runner) -> None:
    code, printed = acted(runner, command="plan", file='infra.py"; echo hacked; "', comment="false")

    assert code != 0
    assert "\nhacked" not in printed


def test_every_input_of_the_action_is_used() -> None:
    text = (ROOT / "action" / "action.yml").read_text("utf-8")

    assert set(re.findall(r"inputs\.([a-z-]+)", text)) == set(ACTION["inputs"])


def gitlab(runner: Runner, name: str) -> tuple[int, str]:
    """Run one job of the template, as GitLab does: inputs put in, the hidden job extended, artifacts handed on."""
    values = {key: one["default"] for key, one in SPEC["spec"]["inputs"].items()}
    text = re.sub(r"\$\[\[ inputs\.(\w+) \]\]", lambda found: values[found[1]], yaml.safe_dump(GITLAB))
    jobs = yaml.safe_load(text)
    whole = {**jobs[jobs[name]["extends"]], **jobs[name]}
    lines = [{"run": line, "env": whole["variables"]} for line in (*whole["before_script"], *whole["script"])]
    paths = whole.get("artifacts", {}).get("paths", [])
    saved = [{"uses": "actions/upload-artifact@v4", "with": {"path": path}} for path in paths]
    fetched = [{"uses": "actions/download-artifact@v4"}] if whole.get("needs") else []
    steps = [{"uses": "actions/checkout@v4"}, *fetched, *lines, *saved]
    return runner({"jobs": {name: {"steps": steps}}}, name)


def test_the_gitlab_template_plans_deploys_and_finds_no_drift(runner: Runner) -> None:
    assert gitlab(runner, "cloudwright-plan")[0] == 0
    code, printed = gitlab(runner, "cloudwright-deploy")
    assert (code, "ok: 1 created" in printed) == (0, True)
    assert gitlab(runner, "cloudwright-drift")[0] == 0
