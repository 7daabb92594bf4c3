"""Progress of a build: a live table on a terminal, a line for each change elsewhere."""

from __future__ import annotations

import time
from dataclasses import field
from typing import TYPE_CHECKING, Protocol

from cloudwright.imagebuilder.delivery.build_events import BuildEventKind
from cloudwright.imagebuilder.delivery.progress import PhaseStatus
from cloudwright.lazy_dataclass import dataclass
from cloudwright.render.images.delivery import build_event_text, picture
from cloudwright.render.terminal.live_screen import Screen

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import TextIO

    from cloudwright.imagebuilder.delivery.build_events import BuildEvent
    from cloudwright.imagebuilder.delivery.progress import BuildProgress
    from cloudwright.render.terminal.style import TerminalStyle


class ImageProgress(Protocol):
    """Shows a build; called with each new state of its progress."""

    def __call__(self, progress: BuildProgress, events: Sequence[BuildEvent]) -> None:
        """Show the progress and what changed."""
        ...

    def stop(self) -> None:
        """Restore the terminal."""
        ...


@dataclass(slots=True)
class PlainImage:
    """Writes one line for each change.

    Attributes:
        write: Writes a line.
    """

    write: Callable[[str], None]
    _image: str = ""

    def __call__(self, progress: BuildProgress, events: Sequence[BuildEvent]) -> None:
        """Write what changed."""
        if progress.image != self._image:
            self._image = progress.image
            self.write(f"image {progress.version}: {progress.status.lower()} ({progress.image})")
        for event in events:
            self.write(build_event_text(event, progress.names))

    def stop(self) -> None:
        """Nothing to do."""


def stays_above(event: BuildEvent) -> bool:
    """Whether a change stays visible above the live display: the end of a phase, or a step that waits."""
    ended = event.kind is BuildEventKind.PHASE and event.status in {PhaseStatus.DONE, PhaseStatus.FAILED}
    return ended or event.kind is BuildEventKind.WAITING


@dataclass(slots=True)
class LiveImage:
    """Draws the build as a live display.

    Attributes:
        look: What the terminal can show.
        stream: The terminal.
    """

    look: TerminalStyle
    stream: TextIO
    _progress: BuildProgress | None = None
    _screen: Screen | None = field(default=None)

    def __call__(self, progress: BuildProgress, events: Sequence[BuildEvent]) -> None:
        """Redraw; important changes stay above the display."""
        self._progress = progress
        if self._screen is None:
            self._screen = Screen(self.stream, self._rows)
            self._screen.start()
        for event in filter(stays_above, events):
            self._screen.print_above(build_event_text(event, progress.names))

    def stop(self) -> None:
        """Clear the display."""
        if self._screen is not None:
            self._screen.stop()
            self._screen = None

    def _rows(self, height: int, now: float) -> list[str]:
        del now  # the loop's time; phases use wall time
        return picture(self._progress, self.look, height, time.time()) if self._progress else []
