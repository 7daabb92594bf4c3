"""A command about several apps is one trace, in which each app's run has its own span."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from cloudwright.cli.root import run
from otlp_kit import attributes

if TYPE_CHECKING:
    from pathlib import Path

    from otlp_kit import Receiver

PROGRAM = """
from cloudwright import App
from cloudwright.aws import SQS

app = App("{name}")


@app.program
def main():
    {body}


if __name__ == "__main__":
    app.cli()
"""


@pytest.fixture
def apps(tmp_path: Path, receiver: Receiver, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", receiver.url)
    for name, body in {
        "a": 'SQS.Queue("q", QueueName="a")',
        "b": 'SQS.Queue("q", QueueName="b")',
        "fails": 'SQS.Queue("q", QueueName="a", adopt=False)',
    }.items():
        (tmp_path / f"{name}.py").write_text(PROGRAM.format(name=name, body=body), "utf-8")


@pytest.mark.usefixtures("apps")
@pytest.mark.parametrize("command", ["plan", "deploy", "destroy"])
def test_a_command_about_two_apps_is_one_trace(command: str, receiver: Receiver) -> None:
    yes = () if command == "plan" else ("--yes",)
    assert run([command, "a.py", "b.py", "--local", *yes]) == 0

    assert len({span.trace_id for span in receiver.spans}) == 1
    (whole,) = [span for span in receiver.spans if not span.parent_span_id]
    assert (whole.name, attributes(whole)["cloudwright.apps"]) == (f"cloudwright {command}", "a/dev b/dev")
    runs = [span for span in receiver.named(f"cloudwright {command}") if span is not whole]
    assert {attributes(span)["cloudwright.app"] for span in receiver.spans if span.parent_span_id == whole.span_id} == {
        "a",
        "b",
    }
    assert runs, [span.name for span in receiver.spans]


@pytest.mark.usefixtures("apps")
def test_a_group_with_a_failed_app_is_an_error(receiver: Receiver) -> None:
    assert run(["deploy", "a.py", "--local", "--yes"]) == 0
    receiver.bodies.clear()
    assert run(["deploy", "b.py", "fails.py", "--local", "--yes"]) == 3

    (whole,) = [span for span in receiver.spans if not span.parent_span_id]
    assert (whole.status.code, whole.status.message) == (2, "1 failed")
