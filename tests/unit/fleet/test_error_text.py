"""Why a target failed, as it is kept."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING

import pytest

from cloudwright.engine.outcome import Result, Status
from cloudwright.errors import ProgramError, StateError, WrongAccount
from cloudwright.fleet.error_text import error_text, failures
from render_samples import outcome

if TYPE_CHECKING:
    from pathlib import Path


def raised(folder: Path, line: str) -> str:
    program = folder / "infra.py"
    program.write_text(f"import sys\n{line}\n", "utf-8")
    with pytest.raises(BaseException) as caught:
        exec(compile(program.read_text("utf-8"), str(program), "exec"), {})
    return error_text(caught.value)


def test_what_the_program_raised_is_reported_with_its_line(tmp_path: Path) -> None:
    shown = raised(tmp_path, "{}['subnet']")

    assert shown.startswith("the program raised KeyError: 'subnet' (")
    assert shown.endswith("infra.py:2)")


def test_a_module_that_the_worker_lacks_is_named_with_the_way_out(tmp_path: Path) -> None:
    host = socket.gethostname()

    reported = raised(tmp_path, "import acme_dns.records")

    assert f"infra.py:2 imports acme_dns, which is not installed on the worker {host};" in reported
    assert reported.endswith("install it there, then retry the target")


def test_a_program_that_ends_itself_is_reported(tmp_path: Path) -> None:
    assert raised(tmp_path, "sys.exit('not here')").startswith("the program exited: not here (")


def test_a_program_that_can_not_be_read_is_reported_with_its_line(tmp_path: Path) -> None:
    assert raised(tmp_path, "def") == f"{tmp_path / 'infra.py'}:2 can't be read: invalid syntax"


def test_an_error_of_ours_is_reported_with_its_way_out_once() -> None:
    assert error_text(ProgramError("no", hint="say yes")).count("say yes") == 1
    assert error_text(StateError("no")) == "no"
    assert error_text(ValueError()) == "cloudwright itself failed: ValueError (please report it)"


def test_a_common_cause_of_failed_resources_is_reported_once() -> None:
    outcomes = [
        outcome("a", status=Status.FAILED, message="no role"),
        outcome("b", status=Status.FAILED, message="no role"),
        outcome("c", status=Status.FAILED, message="taken"),
        outcome("d"),
    ]

    assert failures(Result(outcomes=tuple(outcomes))) == "a, b: no role; c: taken"


def test_credentials_of_another_account_are_reported_with_what_a_targets_file_can_say() -> None:
    error = WrongAccount("the credentials belong to account 1", hint="switch AWS_PROFILE")
    shown = failures(Result(outcomes=(outcome("a", status=Status.FAILED, error=error, message=str(error)),)))

    assert shown.startswith("a: the credentials belong to account 1 (name a role of that account in the targets file: ")
    assert "AWS_PROFILE" not in shown
