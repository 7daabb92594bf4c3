"""What is wrong with a document, and where."""

from __future__ import annotations

from cloudwright.lazy_dataclass import dataclass


@dataclass(frozen=True, slots=True)
class Mistake:
    """One thing that is wrong with a document.

    Attributes:
        line: The line of the document, from 1.
        column: The column in that line, from 1.
        place: Its path, such as `phases[0].steps[1].inputs`; empty for the document itself.
        text: What is wrong.
        fix: What to do.
        certain: Whether the service surely refuses it. False for what the documentation does not list and the service
            may know all the same, and for what fails only when the image is built.
    """

    line: int
    column: int
    place: str
    text: str
    fix: str
    certain: bool = True

    def __str__(self) -> str:
        where = f" ({self.place})" if self.place else ""
        return f"line {self.line}, column {self.column}{where}: {self.text}"


class Unreadable(Exception):
    """The text is no YAML document."""

    def __init__(self, mistake: Mistake) -> None:
        super().__init__(str(mistake))
        self.mistake = mistake
