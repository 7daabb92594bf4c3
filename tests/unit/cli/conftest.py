from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from cli_fakes import Command, FakeApp, Keyboard, Ran
from cloudwright.cli.root import run
from cloudwright.plan.model import Action
from render_samples import plan, step

if TYPE_CHECKING:
    from collections.abc import Callable


@pytest.fixture
def command(capsys: pytest.CaptureFixture[str]) -> Command:
    """Runs a command line, on a given app or on none."""

    def ran(*args: str, app: Any = None) -> Ran:
        code = run(args, app=app, file="infra.py" if app else None)
        captured = capsys.readouterr()
        return Ran(code, captured.out, captured.err)

    return ran


@pytest.fixture
def typing(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], Keyboard]:
    """Types answers."""

    def typed(text: str) -> Keyboard:
        keyboard = Keyboard(text)
        monkeypatch.setattr("sys.stdin", keyboard)
        return keyboard

    return typed


@pytest.fixture
def app() -> FakeApp:
    """An app that wants to create one resource."""
    return FakeApp([plan(step("basic", Action.CREATE, desired={"Name": "Basic"}))])


@pytest.fixture
def idle() -> FakeApp:
    """An app that wants nothing."""
    return FakeApp([plan(step("basic", Action.NONE))])
