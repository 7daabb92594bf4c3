"""What `cloudwright convert` says about bad input: each message as a whole, its exit code, and nothing half-written.

The cases stand in `data/convert-bad-input.txt`, in the form that `bad_input` reads.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from bad_input import BadInput, check, read_cases
from cloudwright.cli.root import run
from cloudwright.local.stack import LocalStack, StackResource
from stacks_kit import ACCOUNT, REGION, cloud_of

if TYPE_CHECKING:
    from pathlib import Path

CASES = "convert-bad-input.txt"
BAD = read_cases(CASES)


@pytest.fixture(autouse=True)
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "ok.yaml").write_text("Resources: {Topic: {Type: AWS::SNS::Topic}}\n", "utf-8")


@pytest.mark.parametrize("case", BAD, ids=lambda case: case.title)
def test_bad_input_is_one_clear_message(case: BadInput, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    check(case, CASES, tmp_path, capsys)
    assert case.code in {0, 1, 64}


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"\x7fELF\x02\x01\xff\xfe", "bad.yaml: line 1: byte 0xff is not text in UTF-8"),
        (b"a: b\nc: \xe9\n", "bad.yaml: line 2: byte 0xe9 is not text in UTF-8"),
        (b"PK\x03\x04", "bad.yaml: line 1, column 3: not YAML: the character U+0003, which YAML does not allow"),
        (b"a: 1\nb: \x00", "bad.yaml: line 2, column 4: not YAML: the character U+0000, which YAML does not allow"),
    ],
)
def test_what_is_no_text_is_refused(
    data: bytes, words: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "bad.yaml").write_bytes(data)
    assert run(["convert", "bad.yaml", "-o", "infra.py"]) == 1
    assert capsys.readouterr().err.splitlines()[0] == f"error: {words}"


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_a_text_with_a_byte_order_mark_is_read(encoding: str, tmp_path: Path) -> None:
    """PowerShell writes what a command prints as UTF-16."""
    for name, text in {"a.yaml": "Resources: {T: {Type: AWS::SNS::Topic}}", "b.json": '{"T": "arn"}'}.items():
        (tmp_path / name).write_text(text, encoding)
    assert run(["convert", "a.yaml", "-o", "infra.py", "--ids", "b.json"]) == 0
    assert 'adopt="arn"' in (tmp_path / "infra.py").read_text("utf-8")


@pytest.mark.parametrize("opening", ["[", '{"a": '])
@pytest.mark.parametrize("depth", [101, 3000, 30_000])
def test_endless_nesting_has_a_place(
    opening: str, depth: int, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    closing = {"[": "]", "{": "}"}[opening[0]]
    (tmp_path / "deep.json").write_text(f'{{"Resources": {opening * depth}1{closing * depth}}}', "utf-8")
    assert run(["convert", "deep.json", "-o", "infra.py"]) == 1
    printed = capsys.readouterr().err
    assert re.match(r"error: deep.json: line 1, column \d+: values are nested more than 100 deep\n", printed)


def test_a_template_above_cloudformations_limits_converts(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """CloudFormation takes 500 resources, 200 parameters and outputs, and 1 MB; a program has no such limits."""
    rows = [
        f"  T{number}: {{Type: AWS::SNS::Topic, Properties: {{DisplayName: '{'x' * 2500}'}}}}" for number in range(501)
    ]
    outputs = [f"  O{number}: {{Value: !Ref T{number}}}" for number in range(201)]
    text = "\n".join(["Resources:", *rows, "Outputs:", *outputs])
    assert len(text) > 1_000_000
    (tmp_path / "large.yaml").write_text(text, "utf-8")
    assert run(["convert", "large.yaml", "-o", "infra.py"]) == 0
    assert "written: infra.py (501 resources)" in capsys.readouterr().out


DOING = "the stack 'web' in 000000000000/us-east-1 is {}: what it has changes while it is read"
WAIT = "wait until it is done, and convert again"
NOTE = "note: web: the stack is {}: it may differ from its template"


@pytest.mark.parametrize(
    ("status", "code", "words"),
    [
        *((status, 0, "") for status in ("CREATE_COMPLETE", "UPDATE_COMPLETE", "UPDATE_ROLLBACK_COMPLETE")),
        *((status, 0, NOTE) for status in ("CREATE_FAILED", "ROLLBACK_FAILED", "ROLLBACK_COMPLETE", "UPDATE_FAILED")),
        *((status, 0, NOTE) for status in ("UPDATE_ROLLBACK_FAILED", "DELETE_FAILED", "IMPORT_ROLLBACK_FAILED")),
        *((f"{doing}_IN_PROGRESS", 1, DOING) for doing in ("CREATE", "UPDATE", "ROLLBACK", "DELETE", "IMPORT")),
        ("UPDATE_ROLLBACK_IN_PROGRESS", 1, DOING),
        ("UPDATE_COMPLETE_CLEANUP_IN_PROGRESS", 1, DOING),
        ("UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS", 1, DOING),
        (
            "REVIEW_IN_PROGRESS",
            1,
            "the stack 'web' in 000000000000/us-east-1 is {}: nothing of it was created",
        ),
        ("DELETE_COMPLETE", 1, "there is no stack 'web' in 000000000000/us-east-1"),
    ],
)
def test_a_stack_is_read_when_it_is_at_rest(
    status: str, code: int, words: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    topic = StackResource(type="AWS::SNS::Topic", id=f"arn:aws:sns:{REGION}:{ACCOUNT}:x")
    with cloud_of(tmp_path) as cloud:
        text = (tmp_path / "ok.yaml").read_text("utf-8")
        cloud.put_stack(LocalStack(name="web", template=text, status=status, resources={"Topic": topic}))
    assert run(["convert", "stack:web", "-o", "infra.py", "--local"]) == code
    printed = capsys.readouterr()
    if code:
        error, fix = printed.err.splitlines()
        assert error == f"error: {words.format(status)}"
        assert fix.startswith("  fix: ")
        assert (fix == f"  fix: {WAIT}") == (words == DOING)
        assert not (tmp_path / "infra.py").exists()
    else:
        assert [line for line in printed.out.splitlines() if "note" in line] == [words.format(status)] * bool(words)
