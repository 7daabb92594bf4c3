"""The lines of a program's declarations, for messages of a run that does not use the program otherwise."""

from __future__ import annotations

import logging
from dataclasses import field
from typing import TYPE_CHECKING, Any

from cloudwright.lazy_dataclass import dataclass
from cloudwright.program.document import Unknown
from cloudwright.program.reference import PlanningEnds, Ref
from cloudwright.program.run import ProgramRun

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from cloudwright.program.declaration import Declaration
    from cloudwright.program.question import LookupQuestion
    from cloudwright.program.source import Source

_log = logging.getLogger(__name__)


@dataclass(slots=True)
class _Collecting:
    """The driver of a run that only collects declarations."""

    sources: dict[str, Source] = field(default_factory=dict)

    def declared(self, declaration: Declaration) -> None:
        self.sources[declaration.key] = declaration.source

    async def ensure(self, key: str) -> None:
        """Nothing is decided in such a run."""

    def value(self, ref: Ref) -> Any:
        return Unknown(ref)

    async def output(self, app: str, stage: str, state: str | None) -> Mapping[str, object]:
        raise PlanningEnds(Ref(f"{app}/{stage}" if state is None else f"{app}/{stage}@{state}"))

    def ask(self, question: LookupQuestion) -> None:
        """Nothing is looked up in such a pass."""

    async def answer(self, question: LookupQuestion) -> Any:
        raise PlanningEnds(Ref(question.title))


async def declared_at(function: Callable[[], Any], app: str, stage: str) -> dict[str, Source]:
    """The line of every declaration by its key, as far as the program runs without any value; sends nothing to AWS.

    Args:
        function: The program. Its exceptions are only logged.
        app: The app's name.
        stage: The stage.
    """
    collecting = _Collecting()
    try:
        await ProgramRun(app, stage, collecting).run(function)
    except Exception as error:  # noqa: BLE001 - the lines only improve a message, so they must not fail the run
        _log.debug("the program ended early while its source lines were collected: %s", type(error).__name__)
    return collecting.sources
