"""Kills a deploy at every point of a provider's requests, fails every call, and looks at what is left."""

from __future__ import annotations

import asyncio
import tempfile
from collections import Counter
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from cloudwright.app.app import App
from cloudwright.app.runtime import compose
from cloudwright.errors import CloudwrightError, NeedsHuman
from cloudwright.local.cloud import LocalCloud
from cloudwright.local.transport import LocalTransport
from cloudwright.schema.catalog import Catalog
from cloudwright.state.memory import MemoryDatabase, MemoryStore
from cloudwright.state.model import RecordStatus
from cloudwright.testing.loop import SteppingClock

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable, Sequence

    from cloudwright.app.runtime import RunSettings, Runtime
    from cloudwright.engine.outcome import Result
    from cloudwright.provider.port import Provider
    from cloudwright.state.model import Lease, Snapshot, StateChange

    Program = Callable[[], Any]

S = TypeVar("S")

__tracebackhide__ = True  # pytest shows the lines of the test, not these

_APP, _STAGE = "provider", "test"
_METHODS = ("create", "read", "update", "delete", "find")
_LONG_AFTER = 3600.0
"""Seconds until the run after a strike, by when the dead run's lease has expired."""

_RUNS = 4
"""Runs after a strike in which everything has to come right."""


class InjectedFault(ConnectionError):
    """The connection broke, because the test wanted it to."""


@dataclass(frozen=True, slots=True)
class Strike:
    """What happened at one point.

    Attributes:
        point: Where, such as `after create`.
        fault: `kill`: the process ended there; `fail`: the call raised there.
        doubtful: Whether cloudwright said that it can't tell what a create left behind.
        wrong: What must not be, in words; empty if all is well.
    """

    point: str
    fault: str
    doubtful: bool = False
    wrong: tuple[str, ...] = ()

    def __str__(self) -> str:
        return f"{self.fault} {self.point}: {'; '.join(self.wrong) or ('doubtful' if self.doubtful else 'well')}"


@dataclass(frozen=True, slots=True)
class ProviderReport:
    """What all strikes came to; nothing was lost or made twice, or `check_provider` would have raised.

    Attributes:
        strikes: Every point with every fault.
    """

    strikes: tuple[Strike, ...]

    @property
    def doubtful(self) -> tuple[Strike, ...]:
        """Those after which the user has to look: the provider can't tell what became of a create."""
        return tuple(strike for strike in self.strikes if strike.doubtful)


def check_provider(
    service: Callable[[], S],
    provider: Callable[[S], Provider[Any]],
    *programs: Program,
    live: Callable[[S], Iterable[str]],
) -> ProviderReport:
    """Deploy programs one after the other, then destroy, and strike once at every point on the way, in virtual time.

    A point is right before and after each call of a method of the provider and each write of the state. A strike is a
    kill of the process, or an exception. After it the same program is deployed again, as a user would.

    Args:
        service: Makes what the provider talks to: a fake that keeps its resources in memory.
        provider: Makes the provider for such a service.
        programs: What to deploy, such as `one_record, two_records`.
        live: The identifiers of what exists in the service.

    Returns:
        What happened at each point.

    Raises:
        AssertionError: Something was lost, or made twice, or a deploy did not come right; names the points.
    """
    scenario = _Scenario(service, provider, programs, live)
    calm = scenario.story(None, "")
    if calm.wrong:
        raise AssertionError(f"without any fault: {'; '.join(calm.wrong)}")
    strikes = [scenario.story(n, fault) for n in range(scenario.points) for fault in ("kill", "fail")]
    wrong = [strike for strike in strikes if strike.wrong]
    if wrong:
        lines = "\n".join(f"  {strike}" for strike in wrong[:10])
        raise AssertionError(f"{len(wrong)} of {len(strikes)} strikes did harm:\n{lines}")
    return ProviderReport(tuple(strikes))


@dataclass(slots=True)
class _Scenario(Generic[S]):
    service: Callable[[], S]
    provider: Callable[[S], Provider[Any]]
    programs: Sequence[Program]
    live: Callable[[S], Iterable[str]]
    points: int = 0

    def story(self, at: int | None, fault: str) -> Strike:
        """Everything from the first deploy to the destroy, with a strike at one point."""
        with tempfile.TemporaryDirectory() as folder:
            world = _World(self.service(), self.provider, _Striker(at, fault), Path(folder) / "key")
            wrong: list[str] = []
            for program in (*self.programs, None):
                wrong += self._stage(world, program)
                if wrong or world.doubtful:
                    break
            world.cloud.close()
        self.points = max(self.points, world.striker.seen) if at is None else self.points
        return Strike(world.striker.label, fault, world.doubtful, tuple(wrong))

    def _stage(self, world: _World[S], program: Program | None) -> list[str]:
        """Run one program until it is done."""
        for _ in range(_RUNS):
            end = world.run(program)
            if isinstance(end, NeedsHuman):
                world.doubtful = True
            if world.doubtful or _ok(end):
                return self._faults(world, program)
            world.clock.advance(_LONG_AFTER)
        return [f"{'destroy' if program is None else program.__name__} did not come right: {_text(end)}"]

    def _faults(self, world: _World[S], program: Program | None) -> list[str]:
        live, recorded = Counter(list(self.live(world.service))), Counter(world.recorded())
        lost, missing = live - recorded, recorded - live
        wrong = [f"made twice: {one}" for one, times in live.items() if times > 1]
        if lost and not world.doubtful:
            wrong.append(f"exists but is not in the state: {', '.join(lost)}")
        if len(lost) > 1:
            wrong.append(f"made more than once: {', '.join(lost)}")
        if missing and not world.doubtful:
            wrong.append(f"in the state but does not exist: {', '.join(missing)}")
        if program is None and live and not world.doubtful:
            wrong.append(f"left after the destroy: {', '.join(live)}")
        return wrong


@dataclass(slots=True)
class _Striker:
    """Counts points and strikes at one of them."""

    at: int | None
    fault: str
    seen: int = 0
    label: str = "nowhere"

    def strikes(self, label: str) -> str:
        number, self.seen = self.seen, self.seen + 1
        if number != self.at:
            return ""
        self.label = label
        return self.fault


@dataclass(slots=True)
class _Life:
    """One process, until it ends or is killed."""

    striker: _Striker
    dead: bool = False
    died: asyncio.Event = field(default_factory=asyncio.Event)

    async def point(self, label: str) -> None:
        await self.gate()
        fault = self.striker.strikes(label)
        if fault == "kill":
            self.dead = True
            self.died.set()
            await self.gate()
        if fault == "fail" and not label.endswith("write"):
            raise InjectedFault("the connection broke")

    async def gate(self) -> None:
        """Nobody passes in a dead process; its tasks end with the loop."""
        if self.dead:
            await asyncio.get_running_loop().create_future()


class _MortalStore(MemoryStore):
    """A state whose process may die before and after each write."""

    life: _Life

    async def commit(self, lease: Lease, changes: Sequence[StateChange]) -> int:
        await self.life.point("before a state write")
        serial = await super().commit(lease, changes)
        await self.life.point("after a state write")
        return serial

    async def release(self, lease: Lease) -> None:
        if not self.life.dead:
            await super().release(lease)


class _World(Generic[S]):
    """What outlives the process: the service, the state, time."""

    def __init__(self, service: S, provider: Callable[[S], Provider[Any]], striker: _Striker, key: Path) -> None:
        self.service, self.striker, self.doubtful = service, striker, False
        self.clock = SteppingClock()
        self.catalog = Catalog.bundled()
        self.cloud = LocalCloud(self.catalog, clock=self.clock)
        self._provider, self._key = provider, key
        self._states = MemoryDatabase()

    def run(self, program: Program | None) -> Result | CloudwrightError | None:
        """Deploy a program or destroy; `None` if the process was killed."""
        return self.clock.run(self._run(program))

    def recorded(self) -> list[str]:
        """The identifiers of the records that are ours."""
        snapshot = self.clock.run(self._snapshot())
        return [one.identifier for one in snapshot.records if one.status is not RecordStatus.DOUBTFUL]

    async def _snapshot(self) -> Snapshot:
        return await MemoryStore(_APP, _STAGE, clock=self.clock, database=self._states).read()

    async def _run(self, program: Program | None) -> Result | CloudwrightError | None:
        life = _Life(self.striker)
        provider = self._provider(self.service)
        _expose(provider, life)
        app = App(_APP, providers=[provider]).configure(
            stage=_STAGE, local=True, runtime=lambda settings: self._runtime(settings, life)
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

    async def _runtime(self, settings: RunSettings, life: _Life) -> Runtime:
        store = _MortalStore(settings.app, settings.stage, clock=self.clock, database=self._states)
        store.life = life
        return compose(
            replace(settings, folder=self._key.parent, local=True),
            await store.read(),
            store,
            catalog=self.catalog,
            clock=self.clock,
            transport=LocalTransport(self.cloud),
            environ={"CLOUDWRIGHT_KEY_FILE": str(self._key)},
        )


def _expose(provider: Provider[Any], life: _Life) -> None:
    """Let a provider's methods pass the points of a process, and be called although the cloud is the local one."""
    vars(provider)["runs_locally"] = True
    for name in _METHODS:
        vars(provider)[name] = _guarded(name, getattr(provider, name), life)


def _guarded(name: str, method: Callable[..., Awaitable[object]], life: _Life) -> Callable[..., Awaitable[object]]:
    async def guarded(*arguments: object) -> object:
        await life.point(f"before {name}")
        answer = await method(*arguments)
        await life.point(f"after {name}")
        return answer

    return guarded


def _ok(end: Result | CloudwrightError | None) -> bool:
    return end is not None and not isinstance(end, CloudwrightError) and end.ok


def _text(end: Result | CloudwrightError | None) -> str:
    if end is None:
        return "killed"
    if isinstance(end, CloudwrightError):
        return f"{type(end).__name__}: {end}"
    return "; ".join(f"{one.key}: {one.message}" for one in end.failed)
