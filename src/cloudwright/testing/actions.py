"""Kills a deploy at every point of its actions, fails every effect, and checks the result."""

from __future__ import annotations

import asyncio
import tempfile
from collections import Counter
from dataclasses import field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cloudwright.app.app import App
from cloudwright.lazy_dataclass import dataclass
from cloudwright.testing.strikes import (
    LONG_AFTER,
    RUNS,
    FaultInjector,
    InjectedFault,
    InjectionReport,
    InjectionResult,
    LastingWorld,
    ProcessLife,
    ended_well,
    strike_each_point,
    text_of,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from cloudwright.program.action import ActionContext
    from cloudwright.testing.strikes import Ending

__tracebackhide__ = True  # pytest's tracebacks show the lines of the test, not these

_APP = "actions"


@dataclass(frozen=True, slots=True)
class ActionReport(InjectionReport):
    """The results of all strikes; no effect was lost, and no at-most-once action was repeated."""


@dataclass(slots=True)
class Effects:
    """The effects of actions: a fake of the system that they change.

    Attributes:
        done: Token and effect, in order; an effect that is recorded twice with one token is listed twice.
    """

    done: list[tuple[str, str]] = field(default_factory=list)
    _life: ProcessLife | None = None

    def record(self, context: ActionContext, what: str) -> None:
        """Record an effect; call it where the action changes something.

        Args:
            context: The action's context.
            what: The name of the effect.
        """
        self._point("before an effect")
        self.done.append((context.token, what))
        self._point("after an effect")

    def has(self, context: ActionContext) -> bool:
        """Whether an effect with this token was recorded: for actions that make themselves idempotent."""
        return any(token == context.token for token, _ in self.done)

    def _point(self, label: str) -> None:
        if self._life is None:
            return
        if self._life.dead:
            raise asyncio.CancelledError
        fault = self._life.striker.strikes(label)
        if fault == "kill":
            self._life.die()
            raise asyncio.CancelledError
        if fault == "fail":
            raise InjectedFault("the connection broke")


def check_action(*programs: Callable[[Effects], Any]) -> ActionReport:
    """Deploy programs one after the other, and strike once at each point, in virtual time.

    Points are right before and after each effect and each write of the state. A strike kills the process or raises an
    exception. Then the same program is deployed again, as a user would do. All actions are called, whether they run
    locally or not.

    Args:
        programs: Each takes the `Effects`, declares resources and actions, and lets the actions record their effects.

    Returns:
        What happened at each point.

    Raises:
        AssertionError: An effect was lost, an at-most-once action was repeated, or a deploy did not reach the declared
            state; names the points.
    """
    return ActionReport(strike_each_point(_ActionScenario(programs)))


@dataclass(slots=True)
class _ActionScenario:
    """Programs, with their effects without any fault.

    Attributes:
        points: The points for strikes.
        expected: The effects of a run without faults, each with its number of occurrences.
    """

    programs: Sequence[Callable[[Effects], Any]]
    points: int = 0
    expected: Counter[str] = field(default_factory=Counter)

    def story(self, at: int | None, fault: str) -> InjectionResult:
        """All deploys, with a strike at one point."""
        effects, striker = Effects(), FaultInjector(at, fault)
        with tempfile.TemporaryDirectory() as folder:
            world = LastingWorld(_APP, Path(folder), lambda life, _: _app_of(effects, life))
            wrong, doubtful = self._problems(world, effects, striker)
            world.cloud.close()
        if at is None:
            self.points, self.expected = striker.seen, Counter(what for _, what in effects.done)
        return InjectionResult(striker.label, fault, doubtful, tuple(wrong))

    def _problems(self, world: LastingWorld, effects: Effects, striker: FaultInjector) -> tuple[list[str], bool]:
        for program in self.programs:
            end = self._until_done(world, partial(program, effects), striker)
            if _doubtful(world):
                return _twice(world, effects), True
            if not ended_well(end):
                return [
                    f"{getattr(program, '__name__', 'the program')} did not reach the declared state: {text_of(end)}"
                ], False
        lost = self.expected - Counter(what for _, what in effects.done)
        return [*_twice(world, effects), *(f"lost: {what}" for what in lost)], False

    def _until_done(self, world: LastingWorld, program: Callable[[], Any], striker: FaultInjector) -> Ending:
        end: Ending = None
        for _ in range(RUNS):
            end = world.run(program, striker, real=True)
            if ended_well(end) or _doubtful_for_good(world, end):
                break
            world.clock.advance(LONG_AFTER)
        return end


def _app_of(effects: Effects, life: ProcessLife) -> App:
    effects._life = life  # noqa: SLF001 - of this module
    return App(_APP)


def _doubtful(world: LastingWorld) -> bool:
    return any(action.doubtful for action in world.snapshot().actions)


def _doubtful_for_good(world: LastingWorld, end: Ending) -> bool:
    """Whether a run has reported it; right after a kill, no run has checked yet."""
    return end is not None and _doubtful(world)


def _twice(world: LastingWorld, effects: Effects) -> list[str]:
    """The effects that an at-most-once action had twice for one change."""
    once = {action.token for action in world.snapshot().actions if action.once}
    counted = Counter(one for one in effects.done if one[0] in once)
    return [f"done twice: {what}" for (_, what), times in counted.items() if times > 1]
