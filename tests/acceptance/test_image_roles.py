"""The program of the guide "Deliver an image", with a role that can't be assumed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from cloudwright.local.faults import parse
from images_shell import BUILD, Shell
from pages_kit import DOCS, blocks

if TYPE_CHECKING:
    from pathlib import Path

    from cloudwright.testing import ServedCloud

DEV, PROD = "222222222222", "333333333333"


@pytest.fixture
def shell(tmp_path: Path, local_cloud_server: ServedCloud) -> Shell:
    guide = blocks((DOCS / "deliver.md").read_text("utf-8"))
    (tmp_path / "infra.py").write_text(next(block.text for block in guide if block.title == "infra.py"), "utf-8")
    return Shell(tmp_path, local_cloud_server.url)


def shown(text: str) -> str:
    return " ".join(text.split())


@pytest.mark.timeout(120)
def test_an_account_whose_role_can_not_be_assumed_is_unknown_and_the_rest_continues(
    shell: Shell, local_cloud_server: ServedCloud
) -> None:
    shell("deploy", "--yes")
    shell("images", "run")
    local_cloud_server.cloud.faults.add(parse(f"assume:type=*::{DEV}:*"))
    live = shown(shell("images", "--live", "--key", "dev", code=1))
    before = len(local_cloud_server.cloud.calls)
    promoted = shown(shell("images", "promote", "dev", "--to", "dev", "--yes"))
    retired = shown(shell("images", "retire", "--key", "dev", "--keep", "1", "--yes"))
    sent = [call.action for call in list(local_cloud_server.cloud.calls)[before:]]

    unknown = (
        f"{DEV} in us-east-1: the credentials (role:arn:aws:iam::{DEV}:role/setup) can't be obtained: AccessDenied: "
    )
    assert f"? unknown: {unknown}" in live
    assert "as declared: 2 cells read in" in live
    assert "1 not (fully) readable" in live
    assert f"? {unknown}" in promoted
    assert f"? {unknown.replace(': ', ': not read: ', 1)}" in retired
    assert "DeregisterImage" in sent
    assert not [call for call in list(local_cloud_server.cloud.calls)[before:] if call.account == DEV]


@pytest.mark.timeout(120)
def test_credentials_of_another_account_start_nothing(shell: Shell, local_cloud_server: ServedCloud) -> None:
    shell("deploy", "--yes")
    shell.account = PROD
    before = len(local_cloud_server.cloud.calls)
    refused = shown(shell("images", "run", code=1))

    assert f"belong to account {PROD} (" in refused
    assert f"but {BUILD} is expected; nothing was sent" in refused
    assert {"GetCallerIdentity"} == {call.action for call in list(local_cloud_server.cloud.calls)[before:]}
