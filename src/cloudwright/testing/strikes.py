"""Processes that die, and calls that fail, at one point after the other: the parts of checks for users' code."""

from __future__ import annotations

import asyncio
from dataclasses import field
from typing import TYPE_CHECKING, Any, Protocol

from cloudwright.app.runtime import compose
from cloudwright.errors import CloudwrightError
from cloudwright.lazy_dataclass import dataclass, replace
from cloudwright.local.cloud import LocalCloud
from cloudwright.local.transport import LocalTransport
from cloudwright.schema.catalog import Catalog
from cloudwright.state.memory import MemoryDatabase, MemoryStore
from cloudwright.testing.loop import SteppingClock

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from cloudwright.app.app import App
    from cloudwright.app.runtime import RunSettings, Runtime
    from cloudwright.engine.outcome import Result
    from cloudwright.state.changes import StateChange
    from cloudwright.state.leases.lease import Lease
    from cloudwright.state.snapshot import Snapshot

    Program = Callable[[], Any]
    Ending = Result | CloudwrightError | None

STAGE = "test"

LONG_AFTER = 3600.0
"""Seconds between a strike and the next run; by then the dead run's lease has expired."""

RUNS = 4
"""Number of runs after a strike within which the declared state must be reached."""


class InjectedFault(ConnectionError):
    """The connection broke, at the test's request."""


@dataclass(frozen=True, slots=True)
class InjectionResult:
    """What happened at one point.

    Attributes:
        point: Its label, such as `after create`.
        fault: `kill`: the process ended there; `fail`: the call raised there.
        doubtful: Whether cloudwright reported that the outcome of a call is unknown.
        wrong: The violations, as text; empty if all is well.
    """

    point: str
    fault: str
    doubtful: bool = False
    wrong: tuple[str, ...] = ()

    def __str__(self) -> str:
        return f"{self.fault} {self.point}: {'; '.join(self.wrong) or ('doubtful' if self.doubtful else 'well')}"


class Scenario(Protocol):
    """A sequence of runs that can be repeated, each time with a strike at another point."""

    @property
    def points(self) -> int:
        """Number of points; known after a run without a strike."""

    def story(self, at: int | None, fault: str) -> InjectionResult:
        """Run it.

        Args:
            at: The point of the strike; `None` for none.
            fault: `kill` or `fail`.
        """


def strike_each_point(scenario: Scenario) -> tuple[InjectionResult, ...]:
    """Run a scenario without a fault, then with each fault at each of its points.

    Raises:
        AssertionError: There was a violation; names the points.
    """
    calm = scenario.story(None, "")
    if calm.wrong:
        raise AssertionError(f"without any fault: {'; '.join(calm.wrong)}")
    strikes = [scenario.story(n, fault) for n in range(scenario.points) for fault in ("kill", "fail")]
    wrong = [strike for strike in strikes if strike.wrong]
    if wrong:
        lines = "\n".join(f"  {strike}" for strike in wrong[:10])
        raise AssertionError(f"{len(wrong)} of {len(strikes)} strikes did harm:\n{lines}")
    return tuple(strikes)


@dataclass(frozen=True, slots=True)
class InjectionReport:
    """The results of all strikes; nothing was lost or done twice, or the check would have raised.

    Attributes:
        strikes: Every point with every fault.
    """

    strikes: tuple[InjectionResult, ...]

    @property
    def doubtful(self) -> tuple[InjectionResult, ...]:
        """The strikes after which the user has to check: the outcome of the call is unknown."""
        return tuple(strike for strike in self.strikes if strike.doubtful)


@dataclass(slots=True)
class FaultInjector:
    """Counts points and strikes at one of them.

    Attributes:
        at: Number of the point; `None` for no strike.
        fault: `kill` or `fail`.
        seen: Points so far.
        label: The label of the point that was struck.
    """

    at: int | None
    fault: str
    seen: int = 0
    label: str = "nowhere"

    def strikes(self, label: str) -> str:
        """The fault at this point; empty for none.

        Args:
            label: The point's label.
        """
        number, self.seen = self.seen, self.seen + 1
        if number != self.at:
            return ""
        self.label = label
        return self.fault


@dataclass(slots=True)
class ProcessLife:
    """One process, until it ends or is killed.

    Attributes:
        died: Set once it is killed.
    """

    striker: FaultInjector
    dead: bool = False
    died: asyncio.Event = field(default_factory=asyncio.Event)

    async def point(self, label: str) -> None:
        """Pass a point where a strike may happen.

        Args:
            label: The point's label.

        Raises:
            InjectedFault: The call must fail here.
        """
        await self.gate()
        fault = self.striker.strikes(label)
        if fault == "kill":
            self.die()
            await self.gate()
        if fault == "fail" and not label.endswith("write"):
            raise InjectedFault("the connection broke")

    def die(self) -> None:
        """End the process here."""
        self.dead = True
        self.died.set()

    async def gate(self) -> None:
        """Block forever in a dead process; its tasks end with the loop."""
        if self.dead:
            await asyncio.get_running_loop().create_future()


class KillableStore(MemoryStore):
    """A state whose process may die before and after each write."""

    life: ProcessLife

    async def commit(self, lease: Lease, changes: Sequence[StateChange]) -> int:
        """Write, unless the process is dead."""
        await self.life.point("before a state write")
        serial = await super().commit(lease, changes)
        await self.life.point("after a state write")
        return serial

    async def release(self, lease: Lease) -> None:
        """Release, unless the process is dead."""
        if not self.life.dead:
            await super().release(lease)


class LastingWorld:
    """The parts that outlive a process: the cloud, the state, time."""

    def __init__(self, app: str, folder: Path, app_of: Callable[[ProcessLife, Program | None], App]) -> None:
        """Start with nothing.

        Args:
            app: The app's name.
            folder: For the sealing key.
            app_of: Creates the app of one process.
        """
        self.clock: SteppingClock = SteppingClock()
        self.catalog: Catalog = Catalog.bundled()
        self.cloud: LocalCloud = LocalCloud(self.catalog, clock=self.clock)
        self._app, self._folder, self._app_of = app, folder, app_of
        self._states = MemoryDatabase()

    def run(self, program: Program | None, striker: FaultInjector, *, real: bool = False) -> Ending:
        """Deploy a program or destroy.

        Args:
            program: `None` for a destroy.
            striker: Strikes in this process.
            real: Whether actions are called although the cloud is the local one.

        Returns:
            `None` if the process was killed.
        """
        return self.clock.run(self._run(program, ProcessLife(striker), real=real))

    def snapshot(self) -> Snapshot:
        """The state."""
        return self.clock.run(self._snapshot())

    async def _snapshot(self) -> Snapshot:
        return await MemoryStore(self._app, STAGE, clock=self.clock, database=self._states).read()

    async def _run(self, program: Program | None, life: ProcessLife, *, real: bool) -> Ending:
        app = self._app_of(life, program).configure(
            stage=STAGE, local=True, runtime=lambda settings: self._runtime(settings, life, real=real)
        )
        if program is not None:
            app.program(program)
        work: asyncio.Future[Result] = asyncio.ensure_future(app.deploy() if program is not None else app.destroy())
        death = asyncio.ensure_future(life.died.wait())
        either: set[asyncio.Future[Any]] = {work, death}
        await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
        if life.dead:
            return None
        death.cancel()
        try:
            return await work
        except CloudwrightError as error:
            return error

    async def _runtime(self, settings: RunSettings, life: ProcessLife, *, real: bool) -> Runtime:
        store = KillableStore(settings.app, settings.stage, clock=self.clock, database=self._states)
        store.life = life
        runtime = compose(
            replace(settings, folder=self._folder, local=True),
            await store.read(),
            store,
            catalog=self.catalog,
            clock=self.clock,
            transport=LocalTransport(self.cloud),
            environ={"CLOUDWRIGHT_KEY_FILE": str(self._folder / "key")},
        )
        runtime.local = not real
        return runtime


def ended_well(end: Ending) -> bool:
    """Whether a run was not killed and completed all steps."""
    return end is not None and not isinstance(end, CloudwrightError) and end.ok


def text_of(end: Ending) -> str:
    """The result of a run, as text."""
    if end is None:
        return "killed"
    if isinstance(end, CloudwrightError):
        return f"{type(end).__name__}: {end}"
    return "; ".join(f"{one.key}: {one.message}" for one in end.failed)
