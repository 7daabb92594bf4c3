"""`cloudwright convert --check`: each kind of difference between a template and its program is listed."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from cloudwright.cli.root import run

if TYPE_CHECKING:
    from pathlib import Path

TEMPLATE = """
Parameters: {Name: {Type: String, Default: web}}
Conditions: {Named: !Not [!Equals [!Ref Name, ""]]}
Resources:
  Topic: {Type: AWS::SNS::Topic, Properties: {DisplayName: !Ref Name}}
  Queue: {Type: AWS::SQS::Queue, DeletionPolicy: Retain, Properties: {DelaySeconds: 5}}
  Alarm: {Type: AWS::SQS::Queue, Condition: Named}
Outputs: {Topic: {Value: !Ref Topic}}
"""
QUEUE = 'SQS.Queue("Queue", DelaySeconds=5, retain=True)'
CHECK = ["convert", "web.yaml", "-o", "web.py", "--check"]


@pytest.fixture(autouse=True)
def converted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "web.yaml").write_text(TEMPLATE, "utf-8")
    assert run(CHECK[:-1]) == 0
    capsys.readouterr()


@pytest.mark.parametrize(
    ("old", "new", "rows"),
    [
        (
            "DelaySeconds: 5",
            "DelaySeconds: 6",
            [
                '-    SQS.Queue("Queue", DelaySeconds=5, retain=True)',
                '+    SQS.Queue("Queue", DelaySeconds=6, retain=True)',
            ],
        ),
        (
            "DelaySeconds: 5",
            "DelaySeconds: 5, QueueName: q",
            ['+    SQS.Queue("Queue", DelaySeconds=5, QueueName="q", retain=True)'],
        ),
        ("DeletionPolicy: Retain, ", "", ['+    SQS.Queue("Queue", DelaySeconds=5)']),
        (
            "AWS::SQS::Queue, Condition: Named",
            "AWS::SQS::Queue",
            ['-        SQS.Queue("Alarm")', '+    SQS.Queue("Alarm")'],
        ),
        ("  Queue: {", "  Extra: {Type: AWS::SNS::Topic}\n  Queue: {", ['+    SNS.Topic("Extra")']),
        ("  Alarm: {Type: AWS::SQS::Queue, Condition: Named}\n", "", ['-        SQS.Queue("Alarm")']),
        (
            "{Topic: {Value: !Ref Topic}}",
            "{Topic: {Value: !GetAtt Topic.TopicArn}}",
            ['-    return {"Topic": topic.ref}'],
        ),
        ("{Topic: {Value: !Ref Topic}}", "{Topics: {Value: !Ref Topic}}", ['+    return {"Topics": topic.ref}']),
        ("Default: web", "Default: shop", ['-async def stack(*, name: str = "web") -> dict[str, object]:']),
        ("Default: web", "Default: web, Description: Its name", ["+        name: Its name."]),
        (
            "DisplayName: !Ref Name",
            "DisplayName: !Sub '${Name}!'",
            ['+    topic = SNS.Topic("Topic", DisplayName=f"{name}!")'],
        ),
        ("  Topic: {", "  # renamed\n  Alerts: {", []),
    ],
)
def test_each_kind_of_difference_is_listed(
    old: str, new: str, rows: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert old in TEMPLATE
    changed = TEMPLATE.replace(old, new)
    if not rows:
        changed = changed.replace("!Ref Topic", "!Ref Alerts")
    (tmp_path / "web.yaml").write_text(changed, "utf-8")
    before = (tmp_path / "web.py").read_bytes()

    assert run(CHECK) == 2
    first, *shown = capsys.readouterr().out.splitlines()
    assert first == "web.py differs from what the source converts to"
    assert {f"  {row}" for row in rows} <= set(shown)
    assert any(row.startswith("  @@") for row in shown)
    assert (tmp_path / "web.py").read_bytes() == before
    assert run([*CHECK[:-1], "--force"]) == 0
    assert run(CHECK) == 0


@pytest.mark.parametrize("comment", ["# a comment\n", "\n\n"])
def test_comments_and_blanks_of_the_template_make_no_difference(comment: str, tmp_path: Path) -> None:
    (tmp_path / "web.yaml").write_text(comment + TEMPLATE, "utf-8")
    assert run(CHECK) == 0


def test_an_edited_program_is_a_difference_in_json_too(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    program = tmp_path / "web.py"
    program.write_text(program.read_text("utf-8") + "# mine\n", "utf-8")
    assert run([*CHECK, "--json"]) == 2
    line = json.loads(capsys.readouterr().out.splitlines()[1])
    assert (line["type"], len(line["differences"])) == ("converted", 1)
    assert "-# mine" in line["differences"][0]


def test_a_long_difference_is_cut(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "web.py").write_text("x = 1\n" * 500, "utf-8")
    assert run(CHECK) == 2
    shown = capsys.readouterr().out.splitlines()
    assert len(shown) == 102
    assert shown[-1].endswith("lines more")


def test_a_file_that_can_not_be_read_as_text_differs(tmp_path: Path) -> None:
    (tmp_path / "web.py").write_bytes(b"\xff\xfe")
    assert run(CHECK) == 2


def test_control_characters_of_a_program_do_not_reach_the_terminal(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "web.py").write_text("\x1b[2J\n", "utf-8")
    assert run(CHECK) == 2
    assert "\x1b" not in capsys.readouterr().out


def test_a_secret_parameter_is_never_written(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = (
        "Parameters: {P: {Type: String, NoEcho: true}}\nResources: {S: {Type: AWS::SecretsManager::Secret, Properties: "
    )
    (tmp_path / "web.yaml").write_text(text + "{SecretString: !Ref P}}}\n", "utf-8")
    words = ["--parameter", "P=canary-4711"]
    assert run([*CHECK, *words]) == 2
    assert run([*CHECK[:-1], "--force", *words]) == 0
    printed = capsys.readouterr()
    assert "note: line 1: P: its value is not written into the program (NoEcho)" in printed.out
    assert "canary" not in printed.out + printed.err + (tmp_path / "web.py").read_text("utf-8")
    assert run([*CHECK, *words]) == 0
