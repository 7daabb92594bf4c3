"""What may go wrong at each point of a run, decided by schedules; the product knows nothing of it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from random import Random

    from cloudwright.control.model import Call

LATENCY = 0.02
"""Seconds that a request travels each way when nothing is wrong."""


class Strike(StrEnum):
    """What happens to a machine at a point."""

    NOTHING = "nothing"
    KILL = "kill"
    """The process is gone; nothing of it runs on."""
    SLEEP = "sleep"
    """The machine is suspended; whoever drives the story wakes it."""
    INTERRUPT = "interrupt"
    """The user presses Ctrl-C."""
    RAISE = "raise"
    """The function of an action fails; elsewhere it is nothing."""


class Way(StrEnum):
    """What happens to a request."""

    OK = "ok"
    REFUSED = "no connection"
    LOST = "lost on the way there"
    UNANSWERED = "lost on the way back"
    TWICE = "delivered twice"
    THROTTLED = "throttled"
    HTML_BEFORE = "a proxy's page instead of the service"
    HTML_AFTER = "a proxy's page instead of the answer"
    EXPIRED = "expired credentials"
    LATE = "delivered late, when nobody waits for an answer"


@dataclass(frozen=True, slots=True)
class Fate:
    """The way of one request, with its times in seconds."""

    way: Way = Way.OK
    out: float = LATENCY
    back: float = LATENCY
    again: float = 0.0
    """After how many seconds the second delivery arrives, or the only one if it is late."""
    silence: float = 10.0
    """After how many seconds a caller without an answer gives up; short if the connection breaks."""


class Schedule(Protocol):
    """Decides about every point of one run."""

    def at(self, number: int, label: str) -> Strike:
        """What happens to the machine at its n-th point."""
        ...

    def fate(self, call: Call) -> Fate:
        """What happens to a request."""
        ...

    def pause(self) -> float:
        """Seconds that a store call takes."""
        ...


class Calm:
    """Nothing goes wrong."""

    def at(self, number: int, label: str) -> Strike:
        return Strike.NOTHING

    def fate(self, call: Call) -> Fate:
        return Fate()

    def pause(self) -> float:
        return 0.001


class StrikeAt(Calm):
    """Something happens to the machine at one point, and nothing else goes wrong."""

    def __init__(self, number: int, strike: Strike = Strike.KILL) -> None:
        self._number, self._strike = number, strike

    def at(self, number: int, label: str) -> Strike:
        return self._strike if number == self._number else Strike.NOTHING


MUTATIONS = frozenset({"CreateResource", "UpdateResource", "DeleteResource"})


ACTION_POINTS = frozenset({"before an action", "after an action"})
"""Labels of the points between which an action does what it does."""


@dataclass(frozen=True, slots=True)
class Weather:
    """How likely things go wrong, each time they can."""

    kill: float = 0.0
    sleep: float = 0.0
    interrupt: float = 0.0
    trouble: float = 0.0
    slow: float = 0.0
    action: float = 0.0
    """An action fails, or the machine dies in it."""


_LASTING = frozenset({Way.REFUSED, Way.EXPIRED})
"""Seldom alone: an outage goes on, and so do expired credentials."""


class Stormy:
    """Anything goes wrong, by seeded dice."""

    def __init__(self, dice: Random, weather: Weather) -> None:
        self._dice, self._weather = dice, weather
        self._lasting: list[Way] = []

    def at(self, number: int, label: str) -> Strike:
        drawn = self._dice.random()
        for strike in (Strike.KILL, Strike.SLEEP, Strike.INTERRUPT):
            chance = getattr(self._weather, strike.value)
            if drawn < chance:
                return strike
            drawn -= chance
        if label in ACTION_POINTS and drawn < self._weather.action:
            return self._dice.choice([Strike.KILL, Strike.RAISE])
        return Strike.NOTHING

    def fate(self, call: Call) -> Fate:
        out, back = self._time(), self._time()
        if self._lasting:
            return Fate(way=self._lasting.pop(), out=out, back=back)
        if self._dice.random() >= self._weather.trouble:
            return Fate(out=out, back=back)
        ways = [way for way in Way if way not in {Way.OK, Way.LATE}]
        weights = [1 if way in _LASTING else 4 for way in ways]
        if call.action not in MUTATIONS:
            weights[ways.index(Way.TWICE)] = 0
        (way,) = self._dice.choices(ways, weights)
        if way in _LASTING:
            self._lasting = [way] * self._dice.choice([0, 3, 30])
        again, silence = self._dice.choice([0.0, 0.3, 5.0, 40.0]), self._dice.choice([0.05, 10.0])
        return Fate(way=way, out=out, back=back, again=again, silence=silence)

    def pause(self) -> float:
        return self._dice.choice([0.001, 0.001, 0.01, 0.3]) if self._dice.random() < self._weather.slow else 0.001

    def _time(self) -> float:
        if self._dice.random() < self._weather.slow:
            return self._dice.choice([0.2, 1.0, 8.0])
        return LATENCY * (0.5 + self._dice.random())


LATENESS = (5.0, 12.0, 20.0, 40.0, 60.0, 240.0)
"""Seconds after which a late request arrives: within the time for which AWS accepts its signature."""


class LateAt(Calm):
    """The process is killed with its n-th change on the wire, which arrives late; nothing else goes wrong."""

    def __init__(self, number: int, seconds: float) -> None:
        self._left, self._seconds = number, seconds

    def at(self, number: int, label: str) -> Strike:
        return Strike.KILL if self._left < 0 else Strike.NOTHING

    def fate(self, call: Call) -> Fate:
        if call.action not in MUTATIONS:
            return Fate()
        self._left -= 1
        return Fate(way=Way.LATE, again=self._seconds, silence=0.0) if self._left < 0 else Fate()


class Belated:
    """Requests arrive late, and mostly the process that sent one is killed while it is on the wire.

    Has dice of its own, so that a story differs from the same one without it only from the first late request on.
    """

    def __init__(self, inner: Schedule, dice: Random, rate: float) -> None:
        self._inner, self._dice, self._rate = inner, dice, rate
        self._doomed = False

    def at(self, number: int, label: str) -> Strike:
        strike = self._inner.at(number, label)
        return Strike.KILL if self._doomed else strike

    def fate(self, call: Call) -> Fate:
        fate = self._inner.fate(call)
        if call.action not in MUTATIONS or self._dice.random() >= self._rate:
            return fate
        self._doomed = self._doomed or self._dice.random() < 0.8
        return Fate(way=Way.LATE, again=self._dice.choice(LATENESS), silence=0.05)

    def pause(self) -> float:
        return self._inner.pause()
