"""Terraform's `aws_cloudcontrolapi_resource` against the local cloud, set up as the documentation says.

Needs the `terraform` program and, in `TF_PLUGIN_DIR`, a folder of installed provider plugins that holds
hashicorp/aws: the test itself downloads nothing.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from cloudwright.cli.root import run as cloudwright
from local_kit import FLAGSHIP
from pages_kit import DOCS, blocks

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

TERRAFORM = shutil.which("terraform")
PLUGINS = os.environ.get("TF_PLUGIN_DIR")
REQUIRED = "terraform" in os.environ.get("CLOUDWRIGHT_REQUIRE", "")

pytestmark = [
    pytest.mark.skipif(TERRAFORM is None and not REQUIRED, reason="terraform is not in PATH"),
    pytest.mark.skipif(
        PLUGINS is None and not REQUIRED,
        reason="TF_PLUGIN_DIR names no folder with the hashicorp/aws provider (`terraform providers mirror` makes one)",
    ),
    pytest.mark.timeout(600),  # the provider alone takes seconds of CPU time to start, for each command
]

IMAGES = """
resource "aws_cloudcontrolapi_resource" "images" {{
  type_name     = "{type_name}"
  desired_state = jsonencode({{
    Name          = "{name}"
    Description   = "{description}"
    Distributions = [{{ Region = "us-east-1", AmiDistributionConfiguration = {{ Name = "basic-ami" }} }}]
  }})
}}
"""


def provider(endpoint: str) -> str:
    """The provider block that the documentation shows, for another address."""
    page = (DOCS / "local-cloud.md").read_text("utf-8")
    (block,) = [one for one in blocks(page) if one.language == "hcl"]
    assert block.text.count("http://127.0.0.1:4510") == 3
    return block.text.replace("http://127.0.0.1:4510", endpoint)


@dataclass(frozen=True)
class Terraform:
    """One working directory and the endpoint that its provider talks to."""

    folder: Path
    endpoint: str

    def write(self, name: str, description: str) -> None:
        images = IMAGES.format(type_name=FLAGSHIP, name=name, description=description)
        (self.folder / "main.tf").write_text(provider(self.endpoint) + images, "utf-8")

    def run(self, *words: str) -> tuple[int, str]:
        """The exit code and what was printed."""
        environ = {**os.environ, "CHECKPOINT_DISABLE": "1", "TF_IN_AUTOMATION": "1"}
        done = subprocess.run(
            [str(TERRAFORM), *words, "-no-color"],
            cwd=self.folder,
            env=environ,
            capture_output=True,
            text=True,
            check=False,
        )
        # Warnings, such as of a configuration file that is not there, are no part of what `show -json` prints.
        return done.returncode, done.stdout + (done.stderr if done.returncode else "")

    def apply(self) -> str:
        code, text = self.run("apply", "-auto-approve")
        assert code == 0, text
        return text


def test_terraform_creates_updates_replaces_and_destroys(serve: Callable[..., Any], tmp_path: Path) -> None:
    server = serve()
    terraform = Terraform(tmp_path, server.endpoint)

    def live() -> list[tuple[str, str]]:
        found = server.cloud.resources()
        return [(one.properties["Name"], one.properties["Description"]) for one in found]

    def sent() -> list[str]:
        mutating = {"CreateResource", "UpdateResource", "DeleteResource"}
        calls = [call.action for call in server.cloud.calls if call.action in mutating]
        server.cloud.calls.clear()
        return calls

    terraform.write("First", "one")
    code, text = terraform.run("init", f"-plugin-dir={PLUGINS}")
    assert code == 0, text
    assert "1 added, 0 changed, 0 destroyed" in terraform.apply()
    assert (live(), sent()) == ([("First", "one")], ["CreateResource"])

    code, text = terraform.run("plan", "-detailed-exitcode")
    assert (code, sent()) == (0, []), text

    terraform.write("First", "two")
    assert "0 added, 1 changed, 0 destroyed" in terraform.apply()
    assert (live(), sent()) == ([("First", "two")], ["UpdateResource"])

    terraform.write("Second", "two")
    assert "1 added, 0 changed, 1 destroyed" in terraform.apply()
    assert (live(), sent()) == ([("Second", "two")], ["DeleteResource", "CreateResource"])

    code, text = terraform.run("destroy", "-auto-approve")
    assert (code, live(), sent()) == (0, [], ["DeleteResource"]), text


def test_a_program_takes_over_what_terraform_made(
    serve: Callable[..., Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = serve()
    terraform = Terraform(tmp_path, server.endpoint)
    monkeypatch.chdir(tmp_path)
    for name, value in {"ACCESS_KEY_ID": "111122223333", "SECRET_ACCESS_KEY": "any", "REGION": "us-east-1"}.items():
        monkeypatch.setenv(f"AWS_{name}", value)
    monkeypatch.setenv("AWS_ENDPOINT_URL", server.endpoint)

    def show() -> None:
        code, text = terraform.run("show", "-json")
        assert code == 0, text
        (tmp_path / "state.json").write_text(text, "utf-8")

    terraform.write("First", "one")
    assert terraform.run("init", f"-plugin-dir={PLUGINS}")[0] == 0
    terraform.apply()
    show()
    server.cloud.calls.clear()
    assert cloudwright(["convert", "state.json", "-o", "infra.py", "--adopt"]) == 0
    assert not {"CreateResource", "UpdateResource", "DeleteResource"} & {call.action for call in server.cloud.calls}
    assert cloudwright(["doctor", "--handover", "infra.py", "--terraform", "state.json"]) == 1

    assert terraform.run("state", "rm", "aws_cloudcontrolapi_resource.images")[0] == 0
    show()
    assert cloudwright(["doctor", "--handover", "infra.py", "--terraform", "state.json"]) == 0
    program = (tmp_path / "infra.py").read_text("utf-8")
    (tmp_path / "infra.py").write_text(program.replace('"one"', '"two"'), "utf-8")
    assert cloudwright(["deploy", "infra.py", "--yes", "--allow-findings"]) == 0
    assert [one.properties["Description"] for one in server.cloud.resources()] == ["two"]
    assert cloudwright(["destroy", "infra.py", "--yes"]) == 0
    assert server.cloud.resources() == []
