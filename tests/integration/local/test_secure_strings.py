"""A `SecureString` of Systems Manager, from a template's dynamic reference to the request, and nowhere else."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from cloudwright.app.user_modules import forget
from cloudwright.cli.root import run

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

CANARY = "kanarienvogel-4712"
TEMPLATE = """
Resources:
  Login:
    Type: AWS::SecretsManager::Secret
    Properties: {Name: login, SecretString: "postgres://app:{{resolve:ssm-secure:/db/password}}@db/app"}
  Database:
    Type: AWS::RDS::DBInstance
    Properties:
      DBInstanceIdentifier: db
      DBInstanceClass: db.t3.micro
      Engine: postgres
      AllocatedStorage: "20"
      MasterUsername: app
      MasterUserPassword: "{{resolve:ssm-secure:/db/password:1}}"
"""
LOOKUP = """
from cloudwright import App, lookup
from cloudwright.aws import SecretsManager

app = App("looked-up", stage="dev")


@app.program
async def main():
    SecretsManager.Secret("copy", Name="copy", SecretString=await lookup.secret("/db/password"))
"""


@pytest.fixture
def server(
    serve: Callable[..., Any], client_of: Callable[..., Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Any]:
    server = serve()
    monkeypatch.chdir(tmp_path)
    for name, value in {"ACCESS_KEY_ID": "111122223333", "SECRET_ACCESS_KEY": "any", "REGION": "us-east-1"}.items():
        monkeypatch.setenv(f"AWS_{name}", value)
    monkeypatch.setenv("AWS_ENDPOINT_URL", server.endpoint)
    ssm = client_of(server, "ssm", access_key="111122223333", region="us-east-1")
    ssm.put_parameter(Name="/db/password", Type="SecureString", Value=CANARY)
    yield server
    forget(tmp_path)


def sent(server: Any, type_name: str) -> dict[str, Any]:
    (found,) = [one for one in server.cloud.resources() if one.type_name == type_name]
    return dict(found.properties)


def leaks(folder: Path) -> list[str]:
    """The files that hold the secret in clear."""
    files = [one for one in folder.rglob("*") if one.is_file()]
    return [str(one) for one in files if CANARY.encode() in one.read_bytes()]


@pytest.mark.parametrize("program", ["converted", "looked up"])
def test_a_secure_string_reaches_the_request_and_nothing_else(
    program: str, server: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    if program == "converted":
        (tmp_path / "web.yaml").write_text(TEMPLATE, "utf-8")
        assert run(["convert", "web.yaml", "-o", "infra.py"]) == 0
    else:
        (tmp_path / "infra.py").write_text(LOOKUP, "utf-8")
    commands = [
        ["plan", "infra.py", "-o", "plan.json"],
        ["plan", "infra.py", "--json"],
        ["plan", "infra.py", "--markdown", "plan.md"],
        ["deploy", "infra.py", "--yes", "--allow-findings"],
        ["plan", "infra.py", "--refresh"],
        ["state", "list", "infra.py"],
        ["state", "audit", "infra.py"],
        ["state", "export", "infra.py"],
        ["graph", "infra.py", "--json"],
    ]
    for words in commands:
        assert (words, run(words)) == (words, 0)
    printed = capsys.readouterr()
    assert CANARY not in printed.out + printed.err
    assert "0 changes" in printed.out
    assert leaks(tmp_path) == []
    if program == "converted":
        assert sent(server, "AWS::RDS::DBInstance")["MasterUserPassword"] == CANARY
        assert sent(server, "AWS::SecretsManager::Secret")["SecretString"] == f"postgres://app:{CANARY}@db/app"
    else:
        assert sent(server, "AWS::SecretsManager::Secret")["SecretString"] == CANARY


def test_a_secure_string_that_is_asked_for_as_a_plain_one_is_refused(
    server: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "infra.py").write_text(LOOKUP.replace("lookup.secret", "lookup.ssm"), "utf-8")
    assert run(["plan", "infra.py"]) == 1
    printed = capsys.readouterr()
    assert "is a SecureString, which a plan must not show" in printed.err
    assert CANARY not in printed.out + printed.err


def test_a_changed_secure_string_is_a_change_without_its_value(
    server: Any, client_of: Callable[..., Any], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "infra.py").write_text(LOOKUP, "utf-8")
    assert run(["deploy", "infra.py", "--yes", "--allow-findings"]) == 0
    client_of(server, "ssm", access_key="111122223333", region="us-east-1").put_parameter(
        Name="/db/password", Value=f"{CANARY}-2", Overwrite=True
    )
    capsys.readouterr()
    assert run(["plan", "infra.py"]) == 0
    printed = capsys.readouterr().out
    assert "1 update" in printed
    assert CANARY not in printed
    assert run(["deploy", "infra.py", "--yes", "--allow-findings"]) == 0
    assert "1 updated" in capsys.readouterr().out
    assert sent(server, "AWS::SecretsManager::Secret")["SecretString"] == f"{CANARY}-2"
