"""Where a command's own output and the program's output go, and what happens when nobody takes them."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest

from json_output import read_lines

TALKATIVE = dedent("""
    import os, subprocess, sys
    from cloudwright import App
    from cloudwright.aws.control import AWS

    print("said at the top")
    app = App("talk", stage="test")

    @app.program
    def main():
        print("said in the program", flush=True)
        if "RAW" in os.environ:
            os.write(1, b"written to the descriptor\\n")
            subprocess.run([sys.executable, "-c", "print('said by a child')"], check=True)
        for n in range(4):
            AWS.S3.Bucket(f"b{n}", BucketName=f"talk-bucket-{n}")
        return {"Name": "talk-bucket-0"}
""")

SAID = ("said at the top", "said in the program", "written to the descriptor", "said by a child")

COMMAND = [sys.executable, "-c", "from cloudwright.cli import main; main()"]


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "infra.py").write_text(TALKATIVE, encoding="utf-8")


def ran(*args: str, **options: Any) -> subprocess.CompletedProcess[str]:
    return subprocess.run([*COMMAND, *args], capture_output=True, text=True, timeout=120, check=False, **options)


def kept() -> tuple[list[str], dict[str, object]]:
    """The identifiers and outputs that the state holds."""
    listed = read_lines(ran("state", "list", "--local", "--json").stdout)
    outputs = read_lines(ran("outputs", "--local", "--json").stdout)
    records = sorted(line["identifier"] for line in listed if line["type"] == "record")
    return records, outputs[-1]["values"]


WHOLE = ([f"talk-bucket-{n}" for n in range(4)], {"Name": "talk-bucket-0"})


@pytest.mark.parametrize(
    "command", [("plan",), ("deploy", "--yes"), ("report",), ("images",), ("graph",)], ids=" ".join
)
def test_with_json_the_programs_own_output_goes_to_standard_error(
    command: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RAW", "1")
    done = ran(*command, "--local", "--json")

    assert done.returncode == 0, done.stderr
    assert next(json.loads(line)["type"] for line in done.stdout.splitlines()) == "version"
    assert [text for text in SAID if text not in done.stderr] == []


def test_as_text_the_programs_own_output_stays_where_it_was(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RAW", "1")
    done = ran("plan", "--local")

    assert [text for text in SAID if text not in done.stdout] == []


@pytest.mark.parametrize("as_json", [(), ("--json",)], ids=["text", "json"])
@pytest.mark.parametrize("taken", [0, 1])
def test_a_reader_that_leaves_loses_neither_state_nor_outputs(as_json: tuple[str, ...], taken: int) -> None:
    words = [*COMMAND, "deploy", "--local", "--yes", *as_json]
    with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        assert child.stderr is not None
        for _ in range(taken):
            child.stdout.readline()
        child.stdout.close()
        shown = child.stderr.read()

    assert "Traceback" not in shown
    assert "error" not in shown
    assert child.returncode == 0
    assert kept() == WHOLE


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full on this system")
@pytest.mark.parametrize("as_json", [(), ("--json",)], ids=["text", "json"])
def test_output_that_finds_no_space_loses_neither_state_nor_outputs(as_json: tuple[str, ...]) -> None:
    with Path("/dev/full").open("w", encoding="utf-8") as full:
        words = [*COMMAND, "deploy", "--local", "--yes", *as_json]
        done = subprocess.run(words, stdout=full, stderr=subprocess.PIPE, text=True, timeout=120, check=False)

    assert done.returncode == 1
    assert "standard output can't be written: No space left on device" in done.stderr
    assert "Traceback" not in done.stderr
    assert kept() == WHOLE


def test_a_closed_standard_output_loses_neither_state_nor_outputs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RAW", "1")
    done = subprocess.run(
        ["/bin/sh", "-c", 'exec "$0" "$@" >&-', *COMMAND, "deploy", "--local", "--yes"],
        stderr=subprocess.PIPE,
        text=True,
        timeout=120,
        check=False,
    )

    assert "Traceback" not in done.stderr
    assert kept() == WHOLE
