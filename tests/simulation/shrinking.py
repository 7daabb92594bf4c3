"""The smallest tale that still fails: fewer steps, fewer resources, fewer faults, earlier deaths."""

from __future__ import annotations

import re
import time
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, TypeVar

from simulation.drafts import without
from simulation.faults import Fate, Strike
from simulation.machine import Machine
from simulation.recording import tale_of
from simulation.tales import Act, Storm, Tale, as_test, retell, written

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from simulation.drafts import Draft
    from simulation.world import World

T = TypeVar("T")

_PARTICULARS = re.compile(r"""\S+::.*? token \w+|\{.*\}|\[.*\]|\S+::\S+( \S+)?|'[^']*'|\b\w+-\d+\b|\d+""")
"""What of a violation's text is about the resources at hand."""

TRIES = 400
"""The largest number of replays."""

SECONDS = 45.0
"""Real time that the search may take: a test that fails has to report within its own limit."""


def shrunk(tale: Tale, machine: type[Machine] = Machine, tries: int = TRIES) -> Tale:
    """A smaller tale that violates the same.

    Args:
        tale: One that fails; another one comes back as it is.
        machine: What runs are made on.
        tries: How many tales may be replayed.
    """
    wanted = signature(retell(tale, machine))
    return tale if wanted is None else _Search(machine, wanted, tries).smallest(tale)


def told_short(seed: int, machine: type[Machine] = Machine) -> str:
    """The test that is left of a failing seed; says so if the tale does not fail without its dice."""
    tale, world = tale_of(seed, machine)
    if not world.violations or signature(retell(tale, machine)) != signature(world):
        return f"The tale of seed {seed} does not fail when it is replayed without dice; replay the seed."
    small = shrunk(tale, machine)
    return as_test(small, retell(small, machine).violations[0])


def signature(world: World) -> str | None:
    """What kind of thing went wrong first, without names and numbers; `None` if nothing did."""
    if not world.violations:
        return None
    return _PARTICULARS.sub("_", world.violations[0])[:80]


class _Search:
    """Tries smaller tales until none fails in the same way."""

    def __init__(self, machine: type[Machine], wanted: str, tries: int) -> None:
        self._machine, self._wanted, self._left = machine, wanted, tries
        self._ends = time.monotonic() + SECONDS
        self._tried: set[str] = set()

    def smallest(self, tale: Tale) -> Tale:
        before = None
        while before != tale and self._left > 0:
            before = tale
            for simplify in PASSES:
                while (smaller := self._first(simplify(tale))) is not None:
                    tale = smaller
        return tale

    def _first(self, candidates: Iterator[Tale]) -> Tale | None:
        return next((one for one in candidates if self._fails(one)), None)

    def _fails(self, tale: Tale) -> bool:
        key = written(tale)
        if self._left <= 0 or key in self._tried or time.monotonic() > self._ends:
            return False
        self._left -= 1
        self._tried.add(key)
        try:
            return signature(retell(tale, self._machine)) == self._wanted
        except Exception:  # noqa: BLE001 - half a tale may make no sense to the harness; then it is none
            return False


# -- ways to make a tale smaller, each from bold to timid


def _fewer_steps(tale: Tale) -> Iterator[Tale]:
    return (replace(tale, steps=steps) for steps in _fewer(tale.steps))


def _fewer_resources(tale: Tale) -> Iterator[Tale]:
    for id in sorted({draft.id for act in _acts(tale) for draft in (*act.drafts, *act.other)}):
        yield _mapped(tale, partial(_lacking, id))


def _calmer(tale: Tale) -> Iterator[Tale]:
    """Without what goes wrong on the way, then with less of it."""
    for at, act in _placed(tale):
        storm = act.storm
        storms = [
            Storm(),
            replace(storm, fates=()),
            replace(storm, pauses=()),
            replace(storm, strikes=()),
            replace(storm, fates=tuple((n, fate) for n, fate in storm.fates if fate.way is not Fate().way)),
        ]
        yield from (_with(tale, at, replace(act, storm=calm)) for calm in storms if calm != storm)


def _fewer_troubles(tale: Tale) -> Iterator[Tale]:
    for at, act in _placed(tale):
        storm = act.storm
        smaller = [
            *(replace(storm, fates=fates) for fates in _fewer(storm.fates)),
            *(replace(storm, strikes=strikes) for strikes in _fewer(storm.strikes)),
            *(replace(storm, pauses=pauses) for pauses in _fewer(storm.pauses)),
        ]
        yield from (_with(tale, at, replace(act, storm=each)) for each in smaller)
        yield from (_with(tale, at, replace(act, faults=faults)) for faults in _fewer(act.faults))


def _earlier(tale: Tale) -> Iterator[Tale]:
    """Deaths and troubles come earlier, so that fewer things happen before them."""
    for at, act in _placed(tale):
        for strikes in _sooner(act.storm.strikes):
            yield _with(tale, at, replace(act, storm=replace(act.storm, strikes=strikes)))
        for fates in _sooner(act.storm.fates):
            yield _with(tale, at, replace(act, storm=replace(act.storm, fates=fates)))


def _plainer(tale: Tale) -> Iterator[Tale]:
    """The usual command, clock and timing."""
    if tale.operation_time != Tale().operation_time:
        yield replace(tale, operation_time=Tale().operation_time)
    for at, act in _placed(tale):
        if act.verb in {"both", "asleep", "saved"}:
            yield _with(
                tale, at, replace(act, verb="deploy", storm=_waking(act.storm), other=(), before=0.0, after=0.0)
            )
        plain = Act(act.verb)
        for name in ("outside", "moving", "hurries", "options", "concurrency", "skew"):
            if getattr(act, name) != getattr(plain, name):
                yield _with(tale, at, replace(act, **{name: getattr(plain, name)}))
        for number, (when, fate) in enumerate(act.storm.fates):
            if fate != (usual := Fate(way=fate.way)):
                fates = (*act.storm.fates[:number], (when, usual), *act.storm.fates[number + 1 :])
                yield _with(tale, at, replace(act, storm=replace(act.storm, fates=fates)))


def _waking(storm: Storm) -> Storm:
    """Without sleep, from which nobody would wake the machine: the story would never end."""
    return replace(storm, strikes=tuple((at, each) for at, each in storm.strikes if each is not Strike.SLEEP))


def _plainer_resources(tale: Tale) -> Iterator[Tale]:
    for id in sorted({draft.id for act in _acts(tale) for draft in act.drafts if draft.options or draft.note != "a"}):
        yield _mapped(tale, partial(_plain_in, id))


PASSES: tuple[Callable[[Tale], Iterator[Tale]], ...] = (
    _calmer,
    _fewer_steps,
    _fewer_resources,
    _fewer_troubles,
    _plainer,
    _plainer_resources,
    _earlier,
)


# -- parts


def _fewer(items: tuple[T, ...]) -> Iterator[tuple[T, ...]]:
    """Without a half, a quarter, ... and at last without a single one."""
    size = len(items)
    while size > 0:
        yield from (items[:at] + items[at + size :] for at in range(0, len(items), size))
        size //= 2


def _sooner(timed: tuple[tuple[int, T], ...]) -> Iterator[tuple[tuple[int, T], ...]]:
    for at, (number, what) in enumerate(timed):
        for earlier in dict.fromkeys((0, number // 2, number - 2, number - 1)):
            if 0 <= earlier < number and earlier not in dict(timed):
                yield (*timed[:at], (earlier, what), *timed[at + 1 :])


def _acts(tale: Tale) -> list[Act]:
    return [step for step in tale.steps if isinstance(step, Act)]


def _placed(tale: Tale) -> list[tuple[int, Act]]:
    return [(at, step) for at, step in enumerate(tale.steps) if isinstance(step, Act)]


def _with(tale: Tale, at: int, act: Act) -> Tale:
    return replace(tale, steps=(*tale.steps[:at], act, *tale.steps[at + 1 :]))


def _mapped(tale: Tale, change: Callable[[Act], Act]) -> Tale:
    return replace(tale, steps=tuple(change(step) if isinstance(step, Act) else step for step in tale.steps))


def _lacking(id: str, act: Act) -> Act:
    return replace(act, drafts=without(act.drafts, id), other=without(act.other, id))


def _plain_in(id: str, act: Act) -> Act:
    return replace(act, drafts=tuple(_bare(draft, id) for draft in act.drafts))


def _bare(draft: Draft, id: str) -> Draft:
    return replace(draft, options={}, note="a") if draft.id == id else draft
