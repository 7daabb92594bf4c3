"""Kills a deploy at every point of a provider's requests, fails every call, and checks the result."""

from __future__ import annotations

import tempfile
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from cloudwright.app.app import App
from cloudwright.errors import NeedsHuman
from cloudwright.lazy_dataclass import dataclass
from cloudwright.state.records import RecordStatus
from cloudwright.testing.strikes import (
    LONG_AFTER,
    RUNS,
    FaultInjector,
    InjectionReport,
    InjectionResult,
    LastingWorld,
    ProcessLife,
    ended_well,
    strike_each_point,
    text_of,
)

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterable, Sequence

    from cloudwright.provider.port import Provider
    from cloudwright.testing.strikes import Ending

    Program = Callable[[], Any]

S = TypeVar("S")

__tracebackhide__ = True  # pytest shows the lines of the test, not these

_APP = "provider"
_METHODS = ("create", "read", "update", "delete", "find")


@dataclass(frozen=True, slots=True)
class ProviderReport(InjectionReport):
    """The results of all strikes; nothing was lost or created twice, or `check_provider` would have raised."""


def check_provider(
    service: Callable[[], S],
    provider: Callable[[S], Provider[Any]],
    *programs: Program,
    live: Callable[[S], Iterable[str]],
) -> ProviderReport:
    """Deploy programs one after the other, then destroy, and strike once at each point, in virtual time.

    A point is right before and after each call of a method of the provider and each write of the state. A strike is a
    kill of the process, or an exception. After it the same program is deployed again, as a user would.

    Args:
        service: Creates the service that the provider uses: a fake with its resources in memory.
        provider: Creates the provider for such a service.
        programs: The programs to deploy, such as `one_record, two_records`.
        live: The identifiers of the resources in the service.

    Returns:
        What happened at each point.

    Raises:
        AssertionError: A resource was lost or created twice, or a deploy did not reach the declared state; names the
            points.
    """
    return ProviderReport(strike_each_point(_Scenario(service, provider, programs, live)))


@dataclass(slots=True)
class _Scenario(Generic[S]):
    service: Callable[[], S]
    provider: Callable[[S], Provider[Any]]
    programs: Sequence[Program]
    live: Callable[[S], Iterable[str]]
    points: int = 0

    def story(self, at: int | None, fault: str) -> InjectionResult:
        """All runs from the first deploy to the destroy, with a strike at one point."""
        with tempfile.TemporaryDirectory() as folder:
            world = _World(self.service(), self.provider, FaultInjector(at, fault), Path(folder))
            wrong: list[str] = []
            for program in (*self.programs, None):
                wrong += self._stage(world, program)
                if wrong or world.doubtful:
                    break
            world.mortal.cloud.close()
        self.points = max(self.points, world.striker.seen) if at is None else self.points
        return InjectionResult(world.striker.label, fault, world.doubtful, tuple(wrong))

    def _stage(self, world: _World[S], program: Program | None) -> list[str]:
        """Run one program until it is done."""
        for _ in range(RUNS):
            end = world.run(program)
            if isinstance(end, NeedsHuman):
                world.doubtful = True
            if world.doubtful or ended_well(end):
                return self._faults(world, program)
            world.mortal.clock.advance(LONG_AFTER)
        return [
            f"{'destroy' if program is None else program.__name__} did not reach the declared state: {text_of(end)}"
        ]

    def _faults(self, world: _World[S], program: Program | None) -> list[str]:
        live, recorded = Counter(list(self.live(world.service))), Counter(world.recorded())
        lost, missing = live - recorded, recorded - live
        wrong = [f"created twice: {one}" for one, times in live.items() if times > 1]
        if lost and not world.doubtful:
            wrong.append(f"exists but is not in the state: {', '.join(lost)}")
        if len(lost) > 1:
            wrong.append(f"created more than once: {', '.join(lost)}")
        if missing and not world.doubtful:
            wrong.append(f"in the state but does not exist: {', '.join(missing)}")
        if program is None and live and not world.doubtful:
            wrong.append(f"left after the destroy: {', '.join(live)}")
        return wrong


class _World(Generic[S]):
    """The service, and the environment in which its provider runs."""

    def __init__(
        self, service: S, provider: Callable[[S], Provider[Any]], striker: FaultInjector, folder: Path
    ) -> None:
        self.service, self.striker, self.doubtful = service, striker, False
        self._provider = provider
        self.mortal = LastingWorld(_APP, folder, self._app_of)

    def run(self, program: Program | None) -> Ending:
        """Deploy a program or destroy; `None` if the process was killed."""
        return self.mortal.run(program, self.striker)

    def recorded(self) -> list[str]:
        """The identifiers of owned records."""
        records = self.mortal.snapshot().records
        return [one.identifier for one in records if one.status is not RecordStatus.DOUBTFUL]

    def _app_of(self, life: ProcessLife, _: Program | None) -> App:
        provider = self._provider(self.service)
        _expose(provider, life)
        return App(_APP, providers=[provider])


def _expose(provider: Provider[Any], life: ProcessLife) -> None:
    """Make a provider's methods pass the points of a process, and be called although the cloud is local."""
    vars(provider)["runs_locally"] = True
    for name in _METHODS:
        vars(provider)[name] = _guarded(name, getattr(provider, name), life)


def _guarded(
    name: str, method: Callable[..., Awaitable[object]], life: ProcessLife
) -> Callable[..., Awaitable[object]]:
    async def guarded(*arguments: object) -> object:
        await life.point(f"before {name}")
        answer = await method(*arguments)
        await life.point(f"after {name}")
        return answer

    return guarded
