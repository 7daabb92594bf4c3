"""The AWS CLI against the local cloud."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

AWS = Path(sys.executable).with_name("aws")
TYPE = "AWS::ImageBuilder::DistributionConfiguration"

pytestmark = pytest.mark.skipif(not AWS.exists(), reason="the AWS CLI is not installed beside this Python")


def aws(endpoint: str, *words: str) -> Any:
    environment = {
        "PATH": os.environ.get("PATH", ""),
        "HOME": "/nonexistent",
        "AWS_ENDPOINT_URL": endpoint,
        "AWS_ACCESS_KEY_ID": "111111111111",
        "AWS_SECRET_ACCESS_KEY": "x",
        "AWS_DEFAULT_REGION": "us-west-2",
        "AWS_PAGER": "",
    }
    done = subprocess.run(
        [AWS, "cloudcontrol", *words, "--output", "json"], env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_the_cli_creates_and_lists_a_distribution(serve: Callable[..., Any]) -> None:
    endpoint = serve().endpoint
    desired = json.dumps({"Name": "From the CLI", "Distributions": [{"Region": "us-west-2"}]})

    event = aws(endpoint, "create-resource", "--type-name", TYPE, "--desired-state", desired)["ProgressEvent"]
    waited = aws(endpoint, "get-resource-request-status", "--request-token", event["RequestToken"])
    listed = aws(endpoint, "list-resources", "--type-name", TYPE)

    arn = "arn:aws:imagebuilder:us-west-2:111111111111:distribution-configuration/from-the-cli"
    assert (waited["ProgressEvent"]["OperationStatus"], waited["ProgressEvent"]["Identifier"]) == ("SUCCESS", arn)
    assert [one["Identifier"] for one in listed["ResourceDescriptions"]] == [arn]
