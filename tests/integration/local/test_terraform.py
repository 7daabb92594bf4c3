"""Terraform's `aws_cloudcontrolapi_resource` against the local cloud.

Needs the `terraform` program and, in `TF_PLUGIN_DIR`, a folder of installed provider plugins that holds
hashicorp/aws: the test itself downloads nothing.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

TERRAFORM = shutil.which("terraform")
PLUGINS = os.environ.get("TF_PLUGIN_DIR")

pytestmark = pytest.mark.skipif(
    TERRAFORM is None or PLUGINS is None,
    reason="terraform is not in PATH, or TF_PLUGIN_DIR names no folder with the hashicorp/aws provider",
)

CONFIGURATION = """
terraform {{
  required_providers {{ aws = {{ source = "hashicorp/aws" }} }}
}}
provider "aws" {{
  region                      = "us-west-2"
  access_key                  = "111111111111"
  secret_key                  = "x"
  skip_credentials_validation = true
  skip_metadata_api_check     = true
  skip_requesting_account_id  = true
  endpoints {{
    cloudcontrol   = "{endpoint}"
    cloudformation = "{endpoint}"
    sts            = "{endpoint}"
  }}
}}
resource "aws_cloudcontrolapi_resource" "images" {{
  type_name     = "AWS::ImageBuilder::DistributionConfiguration"
  desired_state = jsonencode({{
    Name          = "{name}"
    Description   = "{description}"
    Distributions = [{{ Region = "us-west-2", AmiDistributionConfiguration = {{ Name = "basic-ami" }} }}]
  }})
}}
"""


class Terraform:
    """One working directory and the endpoint that its provider talks to."""

    def __init__(self, folder: Path, endpoint: str) -> None:
        self._folder = folder
        self._endpoint = endpoint

    def write(self, name: str, description: str) -> None:
        text = CONFIGURATION.format(endpoint=self._endpoint, name=name, description=description)
        (self._folder / "main.tf").write_text(text, "utf-8")

    def run(self, *words: str) -> int:
        done = subprocess.run(
            [str(TERRAFORM), *words, "-no-color"], cwd=self._folder, capture_output=True, text=True, check=False
        )
        assert done.returncode in {0, 2}, done.stdout + done.stderr
        return done.returncode


def test_terraform_creates_updates_replaces_and_destroys(serve: Callable[..., Any], tmp_path: Path) -> None:
    server = serve()
    terraform = Terraform(tmp_path, server.endpoint)

    def live() -> list[tuple[str, str]]:
        found = server.cloud.resources()
        return [(one.properties["Name"], one.properties["Description"]) for one in found]

    terraform.write("First", "one")
    terraform.run("init", f"-plugin-dir={PLUGINS}")
    terraform.run("apply", "-auto-approve")
    assert live() == [("First", "one")]
    assert terraform.run("plan", "-detailed-exitcode") == 0

    terraform.write("First", "two")
    terraform.run("apply", "-auto-approve")
    assert live() == [("First", "two")]

    terraform.write("Second", "two")
    terraform.run("apply", "-auto-approve")
    assert live() == [("Second", "two")]

    terraform.run("destroy", "-auto-approve")
    assert live() == []
