"""The golden image, delivered: the steps of the guide "Deliver an image", over HTTP, together with boto3."""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from images_shell import BUILD, Shell

if TYPE_CHECKING:
    from cloudwright.testing import ServedCloud

EXAMPLE = Path(__file__).parents[2] / "examples" / "golden_image.py"
PROD = "444444444444"


@pytest.fixture
def shell(tmp_path: Path, local_cloud_server: ServedCloud) -> Shell:
    shutil.copy(EXAMPLE, tmp_path / "golden_image.py")
    return Shell(tmp_path, local_cloud_server.url)


@pytest.mark.timeout(240)
def test_the_golden_image_is_delivered_shared_again_promoted_rolled_back_and_retired(shell: Shell) -> None:
    shell("deploy", "golden_image.py", "--yes")
    first = shell("images", "run", "golden_image.py")
    full = shell("images", "golden_image.py", "--live")

    assert "delivered: 12 cells have image 1.0.0/1" in first
    assert "as declared: 12 cells" in full

    ec2 = shell.client("ec2", "eu-west-1")
    (ami,) = (one["ImageId"] for one in ec2.describe_images(Owners=["self"])["Images"])
    ec2.modify_image_attribute(ImageId=ami, LaunchPermission={"Remove": [{"UserId": PROD}]})
    lost = shell("images", "golden_image.py", "--live", code=2)

    assert f"{BUILD} in eu-west-1: {PROD} may not launch {ami}, though the program shares it" in " ".join(lost.split())

    promoted = shell("images", "promote", ami_at_home(shell), "golden_image.py", "--to", "Distribution", "--yes")
    again = shell("images", "golden_image.py", "--live")

    assert "delivered: 12 cells have image" in promoted
    assert "as declared: 12 cells" in again

    back = shell("images", "rollback", "Distribution", "golden_image.py", "--yes")
    standing = shell("images", "golden_image.py", "--live")

    assert "rolled back: 4 moved to image 1.0.0/1" in back
    assert "rolled back: parameters and launch templates refer to an older image on purpose" in standing

    kept = " ".join(shell("images", "retire", "golden_image.py", "--keep", "1", "--yes").split())

    assert "deregistered: 0 AMIs" in kept
    assert "parameter /imagebuilder/golden/al2023 points at it" in kept
    assert "image 1.0.0/1 is the current one" in kept

    shell("images", "run", "golden_image.py")
    retired = shell("images", "retire", "golden_image.py", "--keep", "1", "--yes")

    (number,) = re.findall(r"deregistered: (\d+) AMIs", retired)
    assert int(number) >= 9


def ami_at_home(shell: Shell) -> str:
    (image,) = shell.client("ec2", "us-east-1").describe_images(Owners=["self"])["Images"]
    return str(image["ImageId"])
