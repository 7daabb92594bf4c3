"""The read after a write of our own, repeated if the first one does not return what was sent.

Reads of Cloud Control may lag behind a write (CC54), so one read proves neither that the service ignored a value nor
that reads never return it.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from cloudwright.engine.convergence import Convergence
from cloudwright.engine.retry import LAG
from cloudwright.errors import CloudwrightError, ServiceError
from cloudwright.lazy_dataclass import replace

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from cloudwright.engine.run import DeployRun
    from cloudwright.state.journal import JournalEntry

_SHORT = (1.0, 3.0)
"""Seconds between reads if a value is missing and the rest of the write is returned."""

_LONG = (2.0, 6.0, LAG - 8.0)
"""The same if nothing shows that the reads are newer than the write: until every read must be."""

_ONCE = (1.0,)
"""The same if a value is returned, but not the one that was sent."""


async def read_back(
    run: DeployRun, entry: JournalEntry, identifier: str, judge: Callable[[Mapping[str, Any]], Convergence] | None
) -> tuple[Mapping[str, Any] | None, Convergence]:
    """Read a resource after a write of our own.

    Args:
        run: For the reads.
        entry: The request.
        identifier: The resource's identifier.
        judge: Evaluates a read; `None` if the request is finished without its program.

    Returns:
        The last document (`None`: the type can't be read), and its evaluation. A path counts as absent only if none
        of several reads returned it, and the last one returned everything else that was sent.
    """
    live, denied = await _read(run, entry, identifier)
    if live is None or judge is None:
        return live, Convergence(denied=denied)
    seen = judge(live)
    unreturned = set(seen.absent)
    for seconds in _pauses(seen):
        await asyncio.sleep(seconds)
        again, _ = await _read(run, entry, identifier)
        if again is None:
            return live, replace(seen, absent=())
        live, seen = again, judge(again)
        unreturned &= set(seen.absent)
        if seen.reached:
            break
    stale = bool(seen.differing or seen.kept)
    return live, replace(seen, absent=tuple(path for path in seen.absent if path in unreturned and not stale))


def _pauses(seen: Convergence) -> tuple[float, ...]:
    if seen.absent or seen.missing:
        return _SHORT if seen.evident else _LONG
    return () if seen.reached else _ONCE


async def _read(run: DeployRun, entry: JournalEntry, identifier: str) -> tuple[Mapping[str, Any] | None, str]:
    """The live document, if it can be read; and why not, if the caller may not read it."""
    try:
        found = await run.services.control.get(entry.target, entry.type, identifier, missing_for=LAG)
    except CloudwrightError as error:
        denied = isinstance(error, ServiceError) and error.name == "AccessDenied"
        return None, error.message if denied else ""
    return found.properties, ""
