"""The graph scheduler: starts what is ready, collects outcomes, never cancels a sibling.

Nodes may be added while others run, since a program declares resources as it runs. There is no barrier between levels:
a node starts as soon as the nodes that it needs have succeeded.
"""

from __future__ import annotations

import asyncio
import sys
from collections import deque
from dataclasses import field
from typing import TYPE_CHECKING

from cloudwright.engine.outcome import Outcome, Status
from cloudwright.errors import CloudwrightError
from cloudwright.lazy_dataclass import dataclass
from cloudwright.plan.model import Action

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable, Mapping

GOOD = frozenset({Status.DONE, Status.UNCHANGED})

STARTS = 32
"""Nodes that start in one turn of the event loop. A node computes before it first waits.

If thousands started at once, the
first request would be sent only after all of them had computed."""


@dataclass(slots=True, kw_only=True)
class WorkItem:
    """One piece of work.

    Attributes:
        id: Its name within the run.
        needs: Nodes that must have succeeded before; they may be added later.
        run: Does the work; an exception becomes a failed outcome.
        template: The outcome without its status, for work that is skipped or fails.
    """

    id: str
    needs: frozenset[str]
    run: Callable[[], Awaitable[Outcome]]
    template: Outcome
    open: set[str] = field(default_factory=set)
    outcome: asyncio.Future[Outcome] | None = None


class Executor:
    """Runs nodes of a growing graph.

    At most `concurrency` nodes run at the same time; by default all that are ready, since requests are limited by rate.
    """

    def __init__(self, *, concurrency: int | None = None, of_types: Mapping[str, int] | None = None) -> None:
        """Start with an empty graph.

        Args:
            concurrency: How many nodes may run at the same time.
            of_types: How many nodes of a type may run at the same time, for types that have a limit.
        """
        self._free = concurrency or sys.maxsize
        self._free_of = dict(of_types or {})
        self._held: dict[str, deque[WorkItem]] = {name: deque() for name in self._free_of}
        self._nodes: dict[str, WorkItem] = {}
        self._joins: dict[str, WorkItem] = {}
        self._waiting: dict[str, list[WorkItem]] = {}
        self._ready: deque[WorkItem] = deque()
        self._tasks: set[asyncio.Task[None]] = set()
        self._stopped = ""
        self._futures: dict[str, asyncio.Future[Outcome]] = {}
        self._started = 0
        self._turn: asyncio.Handle | None = None

    @property
    def outcomes(self) -> tuple[Outcome, ...]:
        """The outcomes so far, in the order in which the nodes were added."""
        futures = [self._futures[node.id] for node in self._nodes.values()]
        return tuple(future.result() for future in futures if future.done() and not future.cancelled())

    @property
    def running(self) -> tuple[str, ...]:
        """Ids of the running nodes."""
        return tuple(sorted(task.get_name() for task in self._tasks))

    def add(self, node: WorkItem) -> None:
        """Add a node; it starts when everything that it needs has succeeded."""
        self._nodes[node.id] = node
        self._enter(node)

    def join(self, name: str, needs: frozenset[str]) -> None:
        """Let one name stand for many nodes in the needs of others: it has succeeded when they all have.

        Args:
            name: No node's id.
            needs: The nodes.
        """
        template = Outcome(key=name, type="", action=Action.NONE, status=Status.DONE)
        self._joins[name] = node = WorkItem(id=name, needs=needs, run=_never, template=template)
        self._enter(node)

    async def wait(self, node_id: str) -> Outcome:
        """Wait until a node has ended, successfully or not; it may be added later."""
        return await asyncio.shield(self._future(node_id))

    def stop(self, why: str) -> None:
        """Start no more nodes; running ones continue.

        Args:
            why: The message in the outcomes of nodes that did not start.
        """
        if self._stopped:
            return
        self._stopped = why
        # Computed once for all nodes, since a stop with thousands of running nodes must take effect at once.
        running = {task.get_name() for task in self._tasks}
        for node in tuple(self._nodes.values()):
            if not self._ended(node.id) and node.id not in running:
                self._finish(node, _skipped(node, "", why))
        self._ready.clear()
        for held in self._held.values():
            held.clear()

    def abandon(self) -> None:
        """Stop at once: cancel all waits. The journal holds what is still running at AWS."""
        self.stop("interrupted")
        for task in self._tasks:
            task.cancel()

    async def drain(self) -> tuple[Outcome, ...]:
        """Wait until no node is running; nodes whose dependencies were never declared are skipped."""
        # While anything is ready, something runs: the next turn begins before the tasks of this one are discarded.
        while self._tasks:
            await asyncio.wait(self._tasks)
        for node in self._nodes.values():
            if not self._ended(node.id):
                self._finish(node, _never_declared(node))
        return self.outcomes

    def _enter(self, node: WorkItem) -> None:
        node.open = {need for need in node.needs if not self._ended(need)}
        node.outcome = self._future(node.id)
        for need in node.open:
            self._waiting.setdefault(need, []).append(node)
        bad = next((need for need in sorted(node.needs) if self._ended(need) and not self._good(need)), None)
        if bad is not None:
            self._skip(node, bad)
        elif not node.open:
            self._may_start(node)
            self._start_ready()

    def _may_start(self, node: WorkItem) -> None:
        if node.id in self._joins:
            self._finish(node, node.template)
        else:
            self._ready.append(node)

    def _future(self, node_id: str) -> asyncio.Future[Outcome]:
        if node_id not in self._futures:
            self._futures[node_id] = asyncio.get_running_loop().create_future()
        return self._futures[node_id]

    def _ended(self, node_id: str) -> bool:
        future = self._futures.get(node_id)
        return future is not None and future.done()

    def _good(self, node_id: str) -> bool:
        return self._futures[node_id].result().status in GOOD

    def _start_ready(self) -> None:
        while self._ready and self._free and not self._stopped and self._started < STARTS:
            node = self._ready.popleft()
            if not self._take_turn(node):
                continue
            self._free -= 1
            self._started += 1
            task = asyncio.create_task(self._work(node), name=node.id)
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        while self._stopped and self._ready:
            node = self._ready.popleft()
            self._finish(node, _skipped(node, "", self._stopped))
        if self._started and self._turn is None:
            self._turn = asyncio.get_running_loop().call_soon(self._next_turn)

    def _take_turn(self, node: WorkItem) -> bool:
        """Whether a node may start; one whose type has no free place is held until another of the type has ended."""
        name = node.template.type
        if name not in self._free_of:
            return True
        if not self._free_of[name]:
            self._held[name].append(node)
            return False
        self._free_of[name] -= 1
        return True

    def _return_turn(self, node: WorkItem) -> None:
        name = node.template.type
        if name in self._free_of:
            self._free_of[name] += 1
            if self._held[name]:
                self._ready.append(self._held[name].popleft())

    def _next_turn(self) -> None:
        self._turn, self._started = None, 0
        self._start_ready()

    async def _work(self, node: WorkItem) -> None:
        try:
            outcome = await node.run()
        except Exception as error:  # noqa: BLE001 - every failure of a node is its outcome and must not end a sibling
            outcome = failure(node.template, error)
        except BaseException:
            # Tasks that wait for a node that has not started must not wait forever, and nothing may start any more.
            self._finish(node, _skipped(node, "", "interrupted while running"))
            self.stop("interrupted")
            raise
        self._free += 1
        self._return_turn(node)
        self._finish(node, outcome)
        self._start_ready()

    def _finish(self, node: WorkItem, outcome: Outcome) -> None:
        future = self._future(node.id)
        if future.done():
            return
        future.set_result(outcome)
        for dependent in self._waiting.pop(node.id, ()):
            dependent.open.discard(node.id)
            if outcome.status not in GOOD:
                self._skip(dependent, node.id)
            elif not dependent.open and not self._ended(dependent.id):
                self._may_start(dependent)

    def _skip(self, node: WorkItem, because_of: str) -> None:
        if not self._ended(node.id):
            key = self._blamed(because_of)
            self._finish(node, _skipped(node, key, f"{key} did not succeed"))

    def _blamed(self, node_id: str) -> str:
        """The key of a node that did not succeed; for a join that of its node."""
        if node_id in self._joins:
            return self._futures[node_id].result().waited_for
        needed = self._nodes.get(node_id)
        return needed.template.key if needed else node_id


async def _never() -> Outcome:
    raise AssertionError("a join does nothing")


def _never_declared(node: WorkItem) -> Outcome:
    missing = min(node.open) if node.open else ""
    return _skipped(node, missing, f"its dependency {missing} was never declared")


def _skipped(node: WorkItem, waited_for: str, message: str) -> Outcome:
    return _changed(node.template, status=Status.SKIPPED, waited_for=waited_for, message=message)


def failure(template: Outcome, error: BaseException) -> Outcome:
    """The outcome of a node whose work raised.

    Args:
        template: The outcome without its status.
        error: The exception.
    """
    text = str(error) if isinstance(error, CloudwrightError) else f"{type(error).__name__}: {error}"
    return _changed(template, status=Status.FAILED, error=error, message=text, notes=getattr(error, "notes", ()))


def _changed(template: Outcome, **fields: object) -> Outcome:
    from dataclasses import replace

    return replace(template, **fields)  # type: ignore[arg-type]


def ended_well(outcomes: Iterable[Outcome]) -> bool:
    """Whether all outcomes are successes."""
    return all(outcome.status in GOOD for outcome in outcomes)
