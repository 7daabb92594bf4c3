"""The lines that any command may write."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, ClassVar

from cloudwright.lazy_dataclass import dataclass
from cloudwright.render.contract.line import Line, Part

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass(frozen=True, slots=True, kw_only=True)
class FramePart(Part):
    """A stack frame of the program."""

    file: str
    line: int
    function: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class VersionLine(Line):
    """Which contract the stream follows."""

    type: ClassVar[str] = "version"
    when: ClassVar[str] = "first"
    format: str
    cloudwright: str
    command: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ErrorLine(Line):
    """An error that ended the command."""

    type: ClassVar[str] = "error"
    when: ClassVar[str] = "last, if the command failed"
    error: Annotated[str, "class"]
    message: str
    hint: str | None
    exit_code: int
    frames: Sequence[FramePart]


@dataclass(frozen=True, slots=True, kw_only=True)
class ValidatedLine(Line):
    """A program was validated; its findings come before."""

    type: ClassVar[str] = "validated"
    when: ClassVar[str] = "last of `validate`, if the program can be planned"
    app: str
    stage: str
    resources: int
    valid: Annotated[bool, "whether no finding has severity error"]
    unchecked: Annotated[str | None, "why the check ended before the program did"]


@dataclass(frozen=True, slots=True, kw_only=True)
class DeclinedLine(Line):
    """A question was answered with no; nothing was changed."""

    type: ClassVar[str] = "declined"
    when: ClassVar[str] = "the user answered no"


@dataclass(frozen=True, slots=True, kw_only=True)
class InterruptedLine(Line):
    """A signal ended the command."""

    type: ClassVar[str] = "interrupted"
    when: ClassVar[str] = "a signal ended the command before or while the plan was applied"
    signal: int
    resume: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SavedLine(Line):
    """A file made from a plan."""

    type: ClassVar[str] = "saved"
    when: ClassVar[str] = "`plan -o`, `images -o`, `report`, `approve`"
    path: str
    digest: str
