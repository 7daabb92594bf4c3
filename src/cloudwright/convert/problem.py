"""What is wrong with a source, and where."""

from __future__ import annotations

from cloudwright.errors import CloudwrightError
from cloudwright.lazy_dataclass import dataclass


@dataclass(frozen=True, slots=True)
class Position:
    """A place of a text file.

    Attributes:
        line: From 1; 0 for what is not in the file.
        column: From 1; 0 for what is not in the file.
    """

    line: int = 1
    column: int = 1

    def __str__(self) -> str:
        return f"line {self.line}, column {self.column}"


NOWHERE = Position(0, 0)
"""The position of what is in no line of the source."""


class SourceError(CloudwrightError):
    """The source can't be converted.

    Attributes:
        text: What is wrong.
        position: Where it is wrong.
        file: The name of the source; empty until it is known.
    """

    def __init__(self, text: str, position: Position, *, hint: str | None = None, file: str = "") -> None:
        """Create the error.

        Args:
            text: What is wrong.
            position: Where.
            hint: What to do.
            file: The name of the source, if it is known.
        """
        places = [*([file] if file else []), *([str(position)] if position.line else [])]
        super().__init__(": ".join((*places, text)), hint=hint)
        self.text = text
        self.position = position
        self.file = file

    def in_file(self, name: str) -> SourceError:
        """The same error with the file's name before the line.

        Args:
            name: The file's name.
        """
        return SourceError(self.text, self.position, hint=self.hint, file=name)


@dataclass(frozen=True, slots=True)
class Remark:
    """A part of a source that the program can't express, or expresses differently.

    Attributes:
        position: Where it is in the source.
        subject: What it belongs to: a logical id, or a section of the template.
        text: What was found, and what it means for the program.
        blocks: Whether the program refuses to plan until the user has decided.
    """

    position: Position
    subject: str
    text: str
    blocks: bool = False

    def __str__(self) -> str:
        place = f"line {self.position.line}: " if self.position.line else ""
        return f"{place}{self.subject}: {self.text}"
