"""Conversions that are killed at any write: what is there is whole, and the same command completes it."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from cloudwright.app.user_modules import forget
from cloudwright.cli.root import run
from cloudwright.local.stack import LocalStack, StackResource
from cloudwright.state.hosted_store import HostedStore
from stacks_kit import ACCOUNT, REGION, cloud_of

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = [
    pytest.mark.skipif(not hasattr(os, "fork"), reason="the killed run is a fork of the test's process"),
    pytest.mark.filterwarnings("ignore:.*multi-threaded.*fork:DeprecationWarning"),
]

TEMPLATE = """
Resources:
  Topic: {Type: AWS::SNS::Topic, Properties: {TopicName: orders}}
  Role:
    Type: AWS::IAM::Role
    Properties: {RoleName: web, AssumeRolePolicyDocument: {Version: 2012-10-17, Statement: []}}
  Odd: {Type: Custom::Odd, Properties: {ServiceToken: x, Size: 3}}
  Last: {Type: AWS::SNS::Topic, Properties: {TopicName: last, DisplayName: !GetAtt Odd.Name}}
"""
MEMBERS = {
    "Topic": StackResource(type="AWS::SNS::Topic", id=f"arn:aws:sns:{REGION}:{ACCOUNT}:orders"),
    "Role": StackResource(type="AWS::IAM::Role", id="web"),
    "Odd": StackResource(type="Custom::Odd", id="odd-1"),
    "Last": StackResource(type="AWS::SNS::Topic", id=f"arn:aws:sns:{REGION}:{ACCOUNT}:last"),
}


@pytest.fixture(autouse=True)
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.chdir(tmp_path)
    yield
    forget(tmp_path)


def killed(words: list[str], write: int) -> bool:
    """Whether a run of its own process was killed just before its n-th write: of a file, or of the state."""
    child = os.fork()
    if child:
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 9
    before, committed, left = Path.replace, HostedStore.commit, [write]

    def replace(self: Path, target: Any) -> Path:
        left[0] -= 1
        if not left[0]:
            os._exit(9)
        return before(self, target)

    async def commit(self: HostedStore, *given: Any, **named: Any) -> Any:
        left[0] -= 1
        if not left[0]:
            os._exit(9)
        return await committed(self, *given, **named)

    Path.replace = replace  # type: ignore[assignment,method-assign]
    HostedStore.commit = commit  # type: ignore[method-assign]
    run(words)
    os._exit(0)


def live(folder: Path) -> None:
    with cloud_of(folder) as cloud:
        cloud.put_stack(LocalStack(name="web", template=TEMPLATE, resources=MEMBERS))
        for name in ("orders", "last"):
            cloud.put(ACCOUNT, REGION, "AWS::SNS::Topic", {"TopicName": name})
        empty = {"Version": "2012-10-17", "Statement": []}
        cloud.put(ACCOUNT, REGION, "AWS::IAM::Role", {"RoleName": "web", "AssumeRolePolicyDocument": empty})


def programs(folder: Path) -> dict[str, str]:
    """The files that a user sees, by path."""
    return {
        str(one.relative_to(folder)): one.read_text("utf-8") for one in sorted(folder.rglob("*.py")) if not hidden(one)
    }


def hidden(path: Path) -> bool:
    return any(part.startswith(".") for part in path.parts)


@pytest.mark.parametrize("out", [["-o", "web.py"], ["--split", "-o", "web"]], ids=["one file", "split"])
def test_a_takeover_that_is_killed_at_any_write_is_completed_by_the_same_command(
    out: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    words = ["convert", "stack:web", "--adopt", "--local", *out]
    expected: dict[str, str] | None = None
    for write in range(1, 40):
        folder = tmp_path / str(write)
        folder.mkdir()
        monkeypatch.chdir(folder)
        live(folder / "web" if "--split" in out else folder)
        died = killed(words, write)
        # Whatever stands in a file names each resource that a deploy would otherwise create a second time.
        for text in programs(folder).values():
            assert text.count('"Odd"') == text.count('adopt="odd-1"')

        capsys.readouterr()
        again = run(words if died else [*words, "--force"])
        printed = capsys.readouterr()
        assert (again, printed.err) == (2, "")
        assert "adopted: 2 resources" in printed.out
        assert not {".web.adopting.py", ".web.adopting"} & {one.name for one in folder.iterdir()}
        found = programs(folder)
        expected = expected or found
        assert found == expected
        forget(folder)
        if not died:
            break
    else:
        pytest.fail("the run has more writes than this test kills")
    assert write > (7 if out[0] == "-o" else 12)


def test_a_split_that_is_killed_at_any_write_is_completed_with_force(tmp_path: Path) -> None:
    large = "Resources: {A: {Type: AWS::SNS::Topic}, B: {Type: AWS::EC2::VPC, Properties: {CidrBlock: 10.0.0.0/16}}}\n"
    small = "Resources: {A: {Type: AWS::SNS::Topic}}\n"
    words = ["convert", "web.yaml", "--split", "-o", "web"]
    for write in range(1, 20):
        (tmp_path / "web.yaml").write_text(large, "utf-8")
        assert run([*words, "--force"]) == 0
        assert sorted(programs(tmp_path)) == ["web/infra.py", "web/messaging.py", "web/network.py"]
        (tmp_path / "web.yaml").write_text(small, "utf-8")
        died = killed([*words, "--force"], write)
        assert run([*words, "--force"]) == 0
        assert sorted(programs(tmp_path)) == ["web/infra.py", "web/messaging.py"]
        assert run([*words, "--check"]) == 0
        if not died:
            break
    assert write == 5


def test_a_file_that_somebody_changed_is_not_overwritten_by_a_second_takeover(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    live(tmp_path)
    words = ["convert", "stack:web", "--adopt", "--local", "-o", "web.py"]
    assert run(words) == 2
    program = tmp_path / "web.py"
    mine = program.read_text("utf-8") + "# mine\n"
    program.write_text(mine, "utf-8")
    assert run(words) == 1
    assert "web.py already exists" in capsys.readouterr().err
    assert program.read_text("utf-8") == mine
