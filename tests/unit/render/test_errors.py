from __future__ import annotations

from pathlib import Path
from typing import NoReturn

import pytest

from cloudwright.errors import CloudwrightError, LockHeld, NoCredentials, ProgramError
from cloudwright.program.frames import user_frames
from cloudwright.render.errors import error_lines, exit_code
from cloudwright.render.terminal.style import TerminalStyle
from cloudwright.secret import Secret


def fail(message: str) -> NoReturn:
    raise ValueError(message)


def raised(error: BaseException) -> BaseException:
    with pytest.raises(type(error)) as caught:
        raise error

    return caught.value


def text(error: BaseException, *, with_traceback: bool = False) -> str:
    return "\n".join(error_lines(error, TerminalStyle(), with_traceback=with_traceback))


def test_our_errors_are_what_and_how_to_continue() -> None:
    assert (
        text(NoCredentials("no credentials\nasked: env", hint="set AWS_PROFILE\nor use --local"))
        == "error: no credentials\n  asked: env\n  fix: set AWS_PROFILE\n       or use --local"
    )


def test_our_errors_name_the_users_line_that_led_to_them() -> None:
    try:
        Secret("x").__str__()
    except ProgramError as error:
        shown = text(error)

    assert "test_errors.py:" in shown
    assert 'Secret("x").__str__()' in shown
    assert "secret.py" not in shown
    assert "Traceback" not in shown


def test_an_exception_of_the_program_shows_the_users_frames_only() -> None:
    try:
        Path("/nonexistent/file").read_text()
    except OSError as error:
        shown = text(error)

    assert "the program raised FileNotFoundError" in shown
    assert "pathlib.py" not in shown
    assert "nothing was deleted" in shown


def test_the_frames_go_from_the_outside_in() -> None:
    try:
        fail("x")
    except ValueError as error:
        frames = user_frames(error)

    assert [frame.function for frame in frames] == ["test_the_frames_go_from_the_outside_in", "fail"]
    assert frames[-1].text == "raise ValueError(message)"


def test_an_error_wrapped_around_the_programs_own_shows_its_origin() -> None:
    try:
        fail("inner")
    except ValueError as cause:
        error = ProgramError("wrapped")
        error.__cause__ = cause

    assert "raise ValueError(message)" in text(error)


def test_a_defect_of_ours_is_called_one() -> None:
    shown = text(KeyError("x"))

    assert "cloudwright itself failed: KeyError" in shown
    assert "please report it" in shown


def test_a_file_that_is_no_python_names_its_line() -> None:
    with pytest.raises(SyntaxError) as caught:
        compile("x = (\n", "bad.py", "exec")

    assert "bad.py:1 can't be read: '(' was never closed" in text(caught.value)


def test_a_group_of_errors_is_reported_one_by_one() -> None:
    shown = text(BaseExceptionGroup("several", [LockHeld("one"), LockHeld("two")]))

    assert shown == "error: one\nerror: two"


def test_control_characters_of_a_service_stay_text() -> None:
    assert text(CloudwrightError("a\x1b[2Jb")) == r"error: a\x1b[2Jb"


def test_the_traceback_is_there_for_those_who_ask() -> None:
    assert "Traceback (most recent call last)" in text(raised(LockHeld("held")), with_traceback=True)


def test_exit_codes_come_from_the_error() -> None:
    assert [exit_code(error) for error in (LockHeld(), ValueError(), KeyboardInterrupt())] == [4, 1, 130]


def test_places_below_the_working_folder_are_relative(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)

    assert text(CloudwrightError(f"a  {tmp_path}/infra.py:9")) == "error: a  infra.py:9"


def test_a_file_in_another_encoding_is_told_to_be_saved_as_utf_8(tmp_path: Path) -> None:
    file = tmp_path / "latin.py"
    file.write_bytes('name = "imagés"\n'.encode("latin-1"))
    with pytest.raises(SyntaxError) as caught:
        compile(file.read_bytes(), str(file), "exec")

    assert "save the file as UTF-8" in "\n".join(error_lines(caught.value, TerminalStyle()))
