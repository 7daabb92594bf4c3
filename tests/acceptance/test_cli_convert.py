"""`cloudwright convert` as a user types it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from cloudwright.app.user_modules import forget
from cloudwright.cli.root import run

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

TEMPLATE = """
Parameters: {Name: {Type: String}}
Resources:
  Topic: {Type: AWS::SNS::Topic, CreationPolicy: {}, Properties: {DisplayName: !Ref Name}}
"""


@pytest.fixture(autouse=True)
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "web.yaml").write_text(TEMPLATE, encoding="utf-8")
    yield
    forget(tmp_path)


def test_a_program_is_written_once(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["convert", "web.yaml", "-o", "infra.py"]
    assert run(words) == 0
    assert "note: line 4: Topic: CreationPolicy" in capsys.readouterr().out
    assert 'parameter("Name"' in (tmp_path / "infra.py").read_text(encoding="utf-8")
    assert run(words) == 1
    assert "infra.py already exists" in capsys.readouterr().err
    assert run([*words, "--force", "--parameter", "Name=x"]) == 0
    assert 'stack(name="x")' in (tmp_path / "infra.py").read_text(encoding="utf-8")


def test_check_compares_and_writes_nothing(tmp_path: Path) -> None:
    words = ["convert", "web.yaml", "-o", "infra.py", "--check"]
    assert run(words) == 2
    assert not (tmp_path / "infra.py").exists()
    assert run(words[:-1]) == 0
    assert run(words) == 0
    (tmp_path / "web.yaml").write_text(TEMPLATE.replace("Topic:", "Other:"), encoding="utf-8")
    assert run(words) == 2


@pytest.mark.parametrize(
    "text",
    [
        '{"Parameters": {"Name": "x"}}',
        '[{"ParameterKey": "Name", "ParameterValue": "x"}]',
        '["Name=x"]',
        '{"Name": "x"}',
    ],
)
def test_parameters_come_in_every_form_of_the_aws_cli(text: str, tmp_path: Path) -> None:
    (tmp_path / "p.json").write_text(text, encoding="utf-8")
    assert run(["convert", "web.yaml", "-o", "infra.py", "--parameters", "p.json"]) == 0
    assert 'stack(name="x")' in (tmp_path / "infra.py").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("words", "error"),
    [
        (["convert", "none.yaml", "-o", "infra.py"], "there is no file none.yaml"),
        (["convert", "bad.yaml", "-o", "infra.py"], "bad.yaml: line 1, column 6: not YAML"),
        (["convert", "web.yaml", "-o", "infra.txt"], "a program is a .py file"),
        (["convert", "web.yaml", "-o", "infra.py", "--parameter", "Nam=x"], "no parameter 'Nam'"),
        (["convert", "web.yaml", "-o", "infra.py", "--parameters", "bad.yaml"], "not JSON"),
    ],
)
def test_bad_input_is_one_error(
    words: list[str], error: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "bad.yaml").write_text("a: [b", encoding="utf-8")
    assert run(words) == 1
    assert error in capsys.readouterr().err


def test_json_lines_hold_the_remarks(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["convert", "web.yaml", "-o", "infra.py", "--json"]) == 0
    line = json.loads(capsys.readouterr().out.splitlines()[1])
    assert (line["type"], line["path"], line["resources"], line["whole"]) == ("converted", "infra.py", 1, True)
    assert (line["remarks"][0]["line"], line["remarks"][0]["subject"]) == (4, "Topic")


STACK = """
Resources:
  Topic: {Type: AWS::SNS::Topic, Properties: {TopicName: !Sub "${AWS::StackName}-alerts"}}
  Role:
    Type: AWS::IAM::Role
    Properties: {RoleName: web, AssumeRolePolicyDocument: {Version: 2012-10-17, Statement: []}}
  Policy:
    Type: AWS::IAM::Policy
    Properties: {PolicyName: p, Roles: [!Ref Role], PolicyDocument: {Version: 2012-10-17, Statement: []}}
"""


def test_the_resources_of_a_stack_are_adopted_and_nothing_differs(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "stack.yaml").write_text(STACK, encoding="utf-8")
    assert run(["convert", "stack.yaml", "-o", "before.py", "--stack-name", "prod"]) == 0
    assert run(["deploy", "before.py", "--local", "--yes", "--stage", "dev"]) == 0
    for key in ("Policy", "Topic", "Role"):
        assert run(["state", "rm", key, "before.py", "--local", "--yes", "--stage", "dev"]) == 0
    topic = "arn:aws:sns:us-east-1:000000000000:prod-alerts"
    rows = [("Topic", topic), ("Role", "web"), ("Policy", "prod-Poli-1ABC")]
    summaries = [{"LogicalResourceId": name, "PhysicalResourceId": id_} for name, id_ in rows]
    (tmp_path / "ids.json").write_text(json.dumps({"StackResourceSummaries": summaries}), encoding="utf-8")
    words = ["convert", "stack.yaml", "-o", "after.py", "--stack-name", "prod", "--ids", "ids.json"]
    assert run(words) == 0
    source = (tmp_path / "after.py").read_text(encoding="utf-8")
    assert f'adopt="{topic}"' in source
    assert source.count("adopt=True") == 1
    capsys.readouterr()
    assert run(["plan", "after.py", "--local", "--refresh", "--stage", "dev"]) == 0
    assert "3 import, 0 unchanged" in capsys.readouterr().out
    assert run(["deploy", "after.py", "--local", "--yes", "--stage", "dev"]) == 0
    capsys.readouterr()
    assert run(["plan", "after.py", "--local", "--refresh", "--stage", "dev"]) == 0
    assert "0 changes, 3 unchanged" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("text", "error"),
    [('{"Tpic": "x"}', "the template has no resource 'Tpic'"), ("[]", "contains no resource ids"), ("[", "not JSON")],
)
def test_ids_that_do_not_fit_are_refused(
    text: str, error: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "ids.json").write_text(text, encoding="utf-8")
    assert run(["convert", "web.yaml", "-o", "infra.py", "--ids", "ids.json"]) == 1
    assert error in capsys.readouterr().err


SPLIT = ["convert", "web.yaml", "--split", "-o", "infra"]


def test_a_split_program_has_a_folder_that_is_compared_as_a_whole(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run([*SPLIT, "--check"]) == 2
    assert not (tmp_path / "infra").exists()
    assert run(SPLIT) == 0
    assert "written: infra/infra.py (1 resource in 2 files)" in capsys.readouterr().out
    assert sorted(path.name for path in (tmp_path / "infra").glob("*.py")) == ["infra.py", "messaging.py"]
    assert run([*SPLIT, "--check"]) == 0
    assert run(["plan", "infra/infra.py", "--local"]) == 0
    (tmp_path / "infra" / "messaging.py").write_text("", encoding="utf-8")
    assert run([*SPLIT, "--check"]) == 2
    assert "infra/messaging.py differs from what the source converts to" in capsys.readouterr().out
    assert run(SPLIT) == 1
    assert "the folder infra is not empty" in capsys.readouterr().err
    assert run([*SPLIT, "--force"]) == 0
    assert run([*SPLIT, "--check"]) == 0


@pytest.mark.parametrize("out", ["infra.py", "file", "infra/infra.py"])
def test_a_split_program_needs_a_folder(out: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    assert run([*SPLIT[:-1], out]) == 1
    assert f"{out} is not a folder, and --split writes several files" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["-o", "web.py"], "asset('src')"),
        (["-o", "programs/web.py"], "asset('../src')"),
        (["--split", "-o", "programs/infra"], "asset('../../src')"),
    ],
)
def test_local_files_are_found_from_where_the_program_stands(words: list[str], expected: str, tmp_path: Path) -> None:
    (tmp_path / "src").mkdir()
    (tmp_path / "src" / "a.py").write_text("x = 1\n", encoding="utf-8")
    (tmp_path / "programs").mkdir()
    role = "Role: arn:aws:iam::111122223333:role/x, Handler: a.b, Runtime: python3.12"
    function = f"{{Type: AWS::Lambda::Function, Properties: {{Code: src, {role}}}}}"
    (tmp_path / "web.yaml").write_text(f"Resources:\n  F: {function}\n", encoding="utf-8")
    assert run(["convert", "web.yaml", *words]) == 0
    program = tmp_path / (f"{words[-1]}/infra.py" if words[0] == "--split" else words[-1])
    texts = [path.read_text(encoding="utf-8") for path in program.parent.glob("*.py")]
    assert sum(expected.replace("'", '"') in text for text in texts) == 1
    assert run(["plan", str(program), "--local"]) == 0
