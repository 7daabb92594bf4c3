"""One run of a user's program: collects declarations and answers awaits.

The run knows nothing about planning or AWS; a `Driver` decides what awaiting means.
"""

from __future__ import annotations

import inspect
import sys
from contextvars import ContextVar
from dataclasses import field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from cloudwright.errors import DuplicateKey, ProgramError
from cloudwright.lazy_dataclass import dataclass
from cloudwright.program import await_order
from cloudwright.program.awaitable import awaitable, awaited_calls
from cloudwright.program.document import Unknown, read
from cloudwright.program.printing import readable_prints, with_names
from cloudwright.program.reference import PlanningEnds, Ref, Referable, ReferenceTable
from cloudwright.program.source import Source
from cloudwright.program.transformation import Transformations
from cloudwright.target import place_of

if TYPE_CHECKING:
    import types
    from collections.abc import Callable, Mapping

    from cloudwright.program.declaration import Declaration
    from cloudwright.program.question import LookupQuestion

_PACKAGE = str(Path(__file__).parents[1])


class Driver(Protocol):
    """Gives a run its purpose: planning or applying."""

    def declared(self, declaration: Declaration) -> None:
        """Receive a declaration; must not block."""
        ...

    async def ensure(self, key: str) -> None:
        """Wait until the resource is deployed, or planned.

        Raises:
            CloudwrightError: That failed.
        """
        ...

    def value(self, ref: Ref) -> Any:
        """The value of an awaited attribute, or an `Unknown`."""
        ...

    async def output(self, app: str, stage: str, state: str | None) -> Mapping[str, object]:
        """The outputs of another app, in another store if its URL is given."""
        ...

    def ask(self, question: LookupQuestion) -> None:
        """Begin to look for an answer that will be awaited; must not block."""
        ...

    async def answer(self, question: LookupQuestion) -> Any:
        """The answer of a lookup, the same one in every pass over the program.

        Raises:
            CloudwrightError: There is none.
        """
        ...


@dataclass(slots=True)
class ProgramRun:
    """One run of a program.

    Attributes:
        app: The app's name.
        stage: The stage.
        driver: Plans or applies.
        local: Whether the cloud is the embedded one.
        ended_at: The value that the program computed with although it is known only after deploy.
        transformations: Change each declaration before the driver gets it.
    """

    app: str
    stage: str
    driver: Driver
    local: bool = False
    table: ReferenceTable = field(default_factory=ReferenceTable)
    declarations: dict[str, Declaration] = field(default_factory=dict)
    ended_at: Source | None = None
    needed: Ref | None = None
    transformations: Transformations = field(default_factory=Transformations)

    def declare(self, declaration: Declaration) -> None:
        """Record a declaration.

        Raises:
            DuplicateKey: The key is taken; the message names both lines.
        """
        first = self.declarations.get(declaration.key)
        if first is not None:
            raise DuplicateKey(
                f"{declaration.key!r} is declared twice: at {first.source} and at {declaration.source}",
                hint="give one of them another id, or put them into different scopes",
            )
        self.declarations[declaration.key] = declaration
        self.driver.declared(declaration)

    async def run(self, function: Callable[[], Any]) -> Any:
        """Run the program to its end, or to the first line that needs an unknown value.

        Args:
            function: The decorated function, plain or `async`.

        Returns:
            Its return value as a document, `None` if the run ended early.
        """
        token = _running.set(self)
        await_order.begin()
        try:
            with place_of(self.stage), readable_prints(_table), awaited_calls() as check_awaited:
                result = function()
                if inspect.isawaitable(result) and not isinstance(result, Referable):
                    result = await result
                if self.ended_at:
                    return None
                document = read(result, self.table)
                check_awaited()
                return document
        except PlanningEnds as end:
            self.note_end(end)
        except BaseExceptionGroup as group:
            rest = group.split(PlanningEnds)[1]
            if rest is not None or not isinstance(self._first_end(group), PlanningEnds):
                raise
            self.note_end(self._first_end(group))
        except Exception as error:
            with_names(error, self.table)
            raise
        finally:
            _running.reset(token)
        return None

    def note_end(self, end: BaseException) -> None:
        """Record where the program needed a value that is not known yet."""
        if self.ended_at is None and isinstance(end, PlanningEnds):
            self.ended_at, self.needed = source_of(end.__traceback__), end.ref

    def _first_end(self, group: BaseExceptionGroup[Any]) -> BaseException:
        first: BaseException = group.exceptions[0]
        return self._first_end(first) if isinstance(first, BaseExceptionGroup) else first


_running: ContextVar[ProgramRun | None] = ContextVar("cloudwright_pass", default=None)


def _table() -> ReferenceTable | None:
    current = _running.get()
    return current.table if current is not None else None


def running() -> ProgramRun:
    """The run in progress in this context.

    Raises:
        ProgramError: There is none: a resource is declared or awaited outside a program.
    """
    current = _running.get()
    if current is None:
        raise ProgramError(
            "resources can only be declared while an app's program runs",
            hint="move the declaration into the function decorated with @app.program",
        )
    return current


def _foreign(frame: types.FrameType) -> bool:
    return not frame.f_code.co_filename.startswith(_PACKAGE) and not frame.f_code.co_filename.startswith("<")


def caller() -> Source:
    """The line of the user's program that is running now."""
    frame: types.FrameType | None = sys._getframe(1)  # noqa: SLF001 - inspect.stack() reads source files, far too slow
    while frame is not None and not _foreign(frame):
        frame = frame.f_back
    return Source(frame.f_code.co_filename, frame.f_lineno) if frame else Source()


def source_of(traceback: types.TracebackType | None) -> Source:
    """The innermost line of a traceback that belongs to the user's program."""
    found = Source()
    while traceback is not None:
        if _foreign(traceback.tb_frame):
            found = Source(traceback.tb_frame.f_code.co_filename, traceback.tb_lineno)
        traceback = traceback.tb_next
    return found


@awaitable
async def outputs(app: str, *, stage: str | None = None, state: str | None = None) -> Mapping[str, Any]:
    """Read the outputs of another app, by name; the state records that this app uses them.

    Args:
        app: The other app's name.
        stage: Its stage; by default this app's own.
        state: The URL of its store; by default this app's own.

    Raises:
        ProgramError: That app has no outputs under this stage.
    """
    current = running()
    return await current.driver.output(app, stage or current.stage, state)


def plain(value: Any, make: Callable[[Ref], Any]) -> Any:
    """An attribute's value as the program sees it: references in place of unknown values."""
    match value:
        case Unknown():
            return make(value.ref)
        case dict():
            return {name: plain(member, make) for name, member in value.items()}
        case list():
            return [plain(item, make) for item in value]
    return value
