"""Why a target failed, as a text that is stored and shown later on another machine."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING

from cloudwright.errors import CloudwrightError, WrongAccount
from cloudwright.program.frames import user_frames

if TYPE_CHECKING:
    from cloudwright.engine.outcome import Outcome, Result

_ROLE = 'role_arn = "arn:aws:iam::ACCOUNT:role/NAME"'


def error_text(error: BaseException) -> str:
    """An error with its hint; an error of the program also with the line that raised it."""
    if isinstance(error, CloudwrightError):
        text, hint = str(error), error.hint
        return text + (f" ({hint})" if hint and hint not in text else "")
    frames = user_frames(error)
    place = f" ({frames[-1].file}:{frames[-1].line})" if frames else ""
    if isinstance(error, SystemExit):
        return f"the program exited: {error.code}{place}"
    if isinstance(error, SyntaxError):
        return f"{error.filename}:{error.lineno} can't be read: {error.msg}"
    if isinstance(error, ModuleNotFoundError) and frames:
        return (
            f"{frames[-1].file}:{frames[-1].line} imports {error.name}, which is not installed on the worker "
            f"{socket.gethostname()}; install it there, then retry the target"
        )
    words = f"{type(error).__name__}: {error}".removesuffix(": ")
    return f"the program raised {words}{place}" if frames else f"cloudwright itself failed: {words} (please report it)"


def failures(result: Result) -> str:
    """The failures of a result; a message that several resources share is printed once.

    Args:
        result: At least one step of it failed.
    """
    keys: dict[str, list[str]] = {}
    for one in result.failed:
        keys.setdefault(_message(one), []).append(one.key)
    return "; ".join(f"{', '.join(named)}: {message}" for message, named in keys.items())


def _message(one: Outcome) -> str:
    if isinstance(one.error, WrongAccount):
        return f"{one.error.message} (name a role of that account in the targets file: {_ROLE})"
    return one.message or str(one.status)
