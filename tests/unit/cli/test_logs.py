from __future__ import annotations

import json
import logging
from typing import TYPE_CHECKING

import pytest

from cloudwright.cli.logs import on_stderr

if TYPE_CHECKING:
    from collections.abc import Callable

    from cli_fakes import Command, FakeApp

LOG = logging.getLogger("cloudwright.test")


def speak() -> None:
    LOG.debug("quiet")
    LOG.warning("odd \x1b[2J\n%s", "thing")


def fail() -> None:
    try:
        int("inner")
    except ValueError:
        LOG.exception("broken")


@pytest.mark.parametrize(
    ("say", "shown"),
    [
        (speak, r"WARNING cloudwright.test: odd \x1b[2J\nthing"),
        (fail, "ERROR cloudwright.test: broken\n    Traceback (most recent call last):"),
    ],
)
def test_people_get_lines_of_text(capsys: pytest.CaptureFixture[str], say: Callable[[], None], shown: str) -> None:
    with on_stderr("text"):
        say()
    captured = capsys.readouterr()

    assert shown in captured.err
    assert "quiet" not in captured.err
    assert captured.out == ""


def test_machines_get_lines_of_json(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CLOUDWRIGHT_LOG", "debug")
    with on_stderr("json"):
        speak()
        fail()
    lines = [json.loads(line) for line in capsys.readouterr().err.splitlines()]

    assert [(line["level"], line["message"]) for line in lines] == [
        ("debug", "quiet"),
        ("warning", "odd \x1b[2J\nthing"),
        ("error", "broken"),
    ]
    assert lines[2]["trace"][-1].startswith("ValueError: invalid literal")


def test_nothing_of_it_is_left() -> None:
    logger = logging.getLogger("cloudwright")
    before = (list(logger.handlers), logger.level)
    with on_stderr("text"):
        pass

    assert (logger.handlers, logger.level) == before


def test_a_command_takes_the_format(command: Command, app: FakeApp) -> None:
    app.during = speak
    ran = command("deploy", "--yes", "--log-format", "json", app=app)

    assert json.loads(ran.err)["logger"] == "cloudwright.test"
