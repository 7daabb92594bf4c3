"""Which resources each task of a program has awaited so far.

A resource depends on what was awaited before it in program order: by the same task, by an ancestor before it started
this task, and by a child task that has ended. Only the frontier is kept: what an awaited resource depends on itself is
implied by it.
"""

from __future__ import annotations

from contextvars import ContextVar
from dataclasses import field
from typing import TYPE_CHECKING, Any

from cloudwright.lazy_dataclass import dataclass

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Iterable

_FOREVER = 1 << 62


@dataclass(eq=False, slots=True)
class TaskAwaits:
    """The awaits of one task.

    Attributes:
        frontier: Keys that a resource declared now depends on, in the order they were awaited.
        count: Number of awaits of this task.
        visible: Other tasks whose awaits count here, with how many of them do.
        children: Tasks that this one started and that have not been merged yet.
    """

    task: asyncio.Task[Any] | None
    frontier: dict[str, None] = field(default_factory=dict)
    count: int = 0
    visible: dict[TaskAwaits, int] = field(default_factory=dict)
    children: list[TaskAwaits] = field(default_factory=list)

    def awaited(self, key: str, implied: Iterable[str]) -> int:
        """Record the await of a resource.

        Args:
            key: Its key.
            implied: What it depends on, which it implies from now on.

        Returns:
            The number of this await within the task.
        """
        for other in implied:
            self.frontier.pop(other, None)
        self.frontier[key] = None
        self.count += 1
        _publish(self)
        return self.count

    def sees(self, awaits: dict[TaskAwaits, int]) -> bool:
        """Whether one of these awaits (task -> number) precedes this point of the program."""
        return self in awaits or any(number <= self.visible.get(strand, 0) for strand, number in awaits.items())

    def take_in_ended(self) -> None:
        """Count the awaits of child tasks that have ended as awaits of this task."""
        ended = [child for child in self.children if child.task is None or child.task.done()]
        if not ended:
            return
        self.children = [child for child in self.children if child not in ended]
        for child in ended:
            child.take_in_ended()
            self.frontier |= child.frontier
            self.visible |= child.visible
            self.visible[child] = _FOREVER
        _publish(self)


@dataclass(frozen=True, slots=True)
class _Mark:
    """What a task inherits from the one that starts it: a snapshot of that moment."""

    strand: TaskAwaits
    frontier: tuple[str, ...] = ()
    count: int = 0


_mark: ContextVar[_Mark | None] = ContextVar("cloudwright_awaits", default=None)


def _publish(strand: TaskAwaits) -> None:
    _mark.set(_Mark(strand, tuple(strand.frontier), strand.count))


def _task() -> asyncio.Task[Any] | None:
    import asyncio  # it costs a third of `import cloudwright`, and every command pays for that

    try:
        return asyncio.current_task()
    except RuntimeError:
        return None


def begin() -> TaskAwaits:
    """Start a new program in the current task, with nothing awaited."""
    strand = TaskAwaits(_task())
    _publish(strand)
    return strand


def current() -> TaskAwaits:
    """The awaits of the running task; starts from what the parent task had awaited by then."""
    mark, task = _mark.get(), _task()
    if mark is None:
        return begin()
    strand = mark.strand
    if task is not None and strand.task is not task:
        visible = strand.visible | {strand: mark.count}
        child = TaskAwaits(task, dict.fromkeys(mark.frontier), visible=visible)
        strand.children.append(child)
        _publish(child)
        strand = child
    strand.take_in_ended()
    return strand
