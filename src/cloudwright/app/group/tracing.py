"""The span of a command about several apps, in which the spans of their runs are."""

from __future__ import annotations

import contextlib
import os
from typing import TYPE_CHECKING

from cloudwright.app.group.model import MemberStatus

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from cloudwright.app.group.model import GroupResult, Member
    from cloudwright.tracing.run import Tracing


@contextlib.contextmanager
def traced(command: str, members: Sequence[Member]) -> Iterator[Tracing | None]:
    """One trace for the runs of all members: the current span becomes the parent of each run's own.

    Args:
        command: `plan`, `deploy` or `destroy`.
        members: The apps.

    Yields:
        `None` if the environment asks for no traces.
    """
    if not any(name.startswith("OTEL_") for name in os.environ):
        yield None
        return
    from cloudwright.tracing.setup import open_tracing

    tracing = open_tracing(None, os.environ)
    about = {"cloudwright.apps": " ".join(sorted(member.name for member in members))}
    with contextlib.nullcontext() if tracing is None else tracing.run(command, about):
        yield tracing


def mark(tracing: Tracing | None, result: GroupResult) -> None:
    """Mark the command's span as failed if a member is not complete; the members' own spans say why.

    Args:
        tracing: From `traced`.
        result: How the command ended.
    """
    if tracing is not None:
        tracing.changed(failed=sum(each.status is not MemberStatus.DONE for each in result.members))
