"""A story of the simulation without dice: what was declared, what went wrong and when, as data that can be printed."""

from __future__ import annotations

import asyncio
import enum
import json
from collections.abc import Mapping
from dataclasses import MISSING, dataclass, field, fields, is_dataclass
from functools import partial
from random import Random
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from cloudwright.plan.options import PlanOptions
from simulation.faults import Calm, Fate, Strike
from simulation.invariants import of_record
from simulation.machine import Machine
from simulation.outsider import Outsider
from simulation.seeds import RandomStory
from simulation.story import tell
from simulation.world import World

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from cloudwright.control.model import Call
    from cloudwright.local.faults import Fault
    from simulation.drafts import Draft
    from simulation.programs import Program

Verb: TypeAlias = Literal["deploy", "destroy", "both", "asleep", "saved"]


@dataclass(frozen=True, slots=True)
class Storm:
    """What goes wrong in one run; everything else goes well.

    Attributes:
        strikes: What happens to the machine, by the number of the point.
        fates: What happens to requests, by the number of the request.
        pauses: Seconds that a commit takes, by its number.
    """

    strikes: tuple[tuple[int, Strike], ...] = ()
    fates: tuple[tuple[int, Fate], ...] = ()
    pauses: tuple[tuple[int, float], ...] = ()


@dataclass(frozen=True, slots=True)
class Act:
    """One run.

    Attributes:
        drafts: What the program declares.
        other: What somebody else deploys while the machine of an `asleep` sleeps.
        before: Seconds of sleep before the other deploy.
        after: Seconds of sleep after it.
        hurries: For each death, with which options somebody takes the lease away and deploys at once, if anybody does.
        outside: How likely somebody changes what is ours at each read.
        moving: How likely the answer of a lookup changes at each moment at which it may.
        numbered: How many numbers the author had used up: a name that is given to help out is made of the next one.
    """

    verb: Verb
    drafts: tuple[Draft, ...] = ()
    storm: Storm = field(default_factory=Storm)
    faults: tuple[Fault, ...] = ()
    options: PlanOptions = field(default_factory=PlanOptions)
    concurrency: int | None = None
    skew: float = 0.0
    other: tuple[Draft, ...] = ()
    before: float = 0.0
    after: float = 0.0
    hurries: tuple[PlanOptions | None, ...] = ()
    outside: float = 0.0
    moving: float = 0.0
    numbered: int = 0


@dataclass(frozen=True, slots=True)
class Visit:
    """Somebody changes what is ours between two runs, as likely as during the last one."""


@dataclass(frozen=True, slots=True)
class Plant:
    """Somebody else makes a resource."""

    type: str
    properties: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Lose:
    """Somebody deletes the resource of a key in the console."""

    key: str


@dataclass(frozen=True, slots=True)
class Wait:
    """Time passes; seconds."""

    seconds: float


Step: TypeAlias = Act | Plant | Lose | Wait | Visit


@dataclass(frozen=True, slots=True)
class Tale:
    """A whole story; at its end everything is deployed in calm, and destroyed.

    Attributes:
        operation_time: Seconds that an operation of the cloud takes.
        outsider: Seed of what others change, answers of lookups among them.
    """

    steps: tuple[Step, ...] = ()
    operation_time: float = 0.3
    outsider: int = 0


class Replayed(Calm):
    """A schedule that does what a storm says."""

    def __init__(self, storm: Storm) -> None:
        self._strikes, self._fates, self._pauses = dict(storm.strikes), dict(storm.fates), dict(storm.pauses)
        self._points = self._calls = self._commits = -1

    def at(self, number: int, label: str) -> Strike:
        self._points += 1
        return self._strikes.get(self._points, super().at(number, label))

    def fate(self, call: Call) -> Fate:
        self._calls += 1
        return self._fates.get(self._calls, super().fate(call))

    def pause(self) -> float:
        self._commits += 1
        return self._pauses.get(self._commits, super().pause())


class Retold(RandomStory):
    """Tells a tale; whoever helps in a random story helps here, too."""

    def __init__(self, tale: Tale, machine: type[Machine] = Machine) -> None:
        super().__init__(0, machine)
        self._tale = tale
        self.world = World(operation_time=tale.operation_time)
        self.outsider = Outsider(self.world, Random(tale.outsider))
        self.world.facts.dice.seed(tale.outsider)
        self._hurries: Iterator[PlanOptions | None] = iter(())

    async def tell(self) -> World:
        """Every step, then calm."""
        for step in self._tale.steps:
            await self._step(step)
            if self.world.violations:
                return self.world
        self._calm_down()
        await self.converge(self.author.program, PlanOptions(refresh=self._must_look))
        await self._finish()
        return self.world

    async def _step(self, step: Step) -> None:
        if isinstance(step, Act):
            await self._act(step)
        elif isinstance(step, Plant):
            self.world.plant(step.type, step.properties)
        elif isinstance(step, Lose):
            self._lose(step.key)
        elif isinstance(step, Visit):
            self.outsider.visit()
        else:
            self.world.clock.suspend(step.seconds)

    async def _act(self, act: Act) -> None:
        self.author.drafts, self.skew = list(act.drafts), act.skew
        self.author.numbered = act.numbered
        self._hurries = iter(act.hurries)
        self.outsider.come(act.outside)
        self.world.facts.rate = act.moving
        self.world.cloud.faults.clear()
        for fault in act.faults:
            self.world.cloud.faults.add(fault)
        schedule, program = Replayed(act.storm), self.author.program()
        if act.verb == "deploy":
            await self.deploy(program, schedule, act.options, concurrency=act.concurrency)
        elif act.verb == "destroy":
            await self.destroy(schedule)
        elif act.verb == "both":
            await self._at_once(program, schedule)
        elif act.verb == "saved":
            await self.saved(program, schedule)
        else:
            await self.asleep(program, partial(self._turned, act.other), schedule, before=act.before, after=act.after)

    def _hurried(self) -> PlanOptions | None:
        return next(self._hurries, None)

    async def _at_once(self, program: Program, schedule: Replayed) -> None:
        first, second = self.machine(schedule), self.machine(Calm())
        for report in await asyncio.gather(first.deploy(program), second.deploy(program)):
            await self.checked(report)

    def _turned(self, drafts: Iterable[Draft]) -> Program:
        self.author.drafts = list(drafts)
        return self.author.program()

    def _lose(self, key: str) -> None:
        lost = [of_record(record) for record in self.world.snapshot().records if record.key == key]
        for one in lost:
            if one in self.world.ours():
                self.world.remove_by_hand(one)
                self.vandalised = True


def retell(tale: Tale, machine: type[Machine] = Machine) -> World:
    """Tell a tale in virtual time.

    Args:
        tale: The story.
        machine: What runs are made on.
    """
    return tell(Retold(tale, machine).tell)


# -- as a test


def as_test(tale: Tale, about: str) -> str:
    """A test that tells a tale, to be pasted into `tests/simulation`.

    Args:
        tale: The story.
        about: What it violated.
    """
    body = f"TALE = {written(tale)}"
    used = {module: [name for name in names if f"{name}(" in body or f"{name}." in body] for module, names in _IMPORTS}
    used["simulation.tales"].append("retell")
    imports = "\n".join(f"from {module} import {', '.join(names)}" for module, names in used.items() if names)
    shown = " ".join(about.split()).replace('"', "'")
    return f'''\
from __future__ import annotations

{imports}

{body}
"""{shown}"""


def test_a_story_that_once_failed() -> None:
    assert retell(TALE).violations == []
'''


_IMPORTS = (
    ("cloudwright.local.faults", ("Fault",)),
    ("cloudwright.plan.options", ("PlanOptions",)),
    ("simulation.drafts", ("Draft",)),
    ("simulation.faults", ("Fate", "Strike", "Way")),
    ("simulation.tales", ("Act", "Lose", "Plant", "Storm", "Tale", "Visit", "Wait")),
)


def written(value: Any, indent: str = "") -> str:
    """A value as Python writes it, defaults left out."""
    inner = indent + "    "
    if isinstance(value, enum.Enum):
        return f"{type(value).__name__}.{value.name}"
    if is_dataclass(value):
        shown = [f"{name}={written(each, inner)}" for name, each in _fields_set(value)]
        return f"{type(value).__name__}({_spread(shown, indent)})"
    if isinstance(value, tuple):
        items = [written(each, inner) for each in value]
        return (
            f"({_spread([*items[:-1], items[-1] + ','], indent)})" if len(items) == 1 else f"({_spread(items, indent)})"
        )
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{json.dumps(key)}: {written(each, inner)}" for key, each in value.items()) + "}"
    return json.dumps(value) if isinstance(value, str) else repr(value)


def _spread(parts: list[str], indent: str) -> str:
    """Parts on one line if they are short, else one a line."""
    short = ", ".join(parts).replace(",,", ",")
    if len(short) + len(indent) < 100 and "\n" not in short:
        return short
    lines = "".join(f"{indent}    {part.removesuffix(',')},\n" for part in parts)
    return f"\n{lines}{indent}"


def _fields_set(value: Any) -> list[tuple[str, Any]]:
    found = []
    for each in fields(value):
        default = each.default_factory() if each.default_factory is not MISSING else each.default
        if getattr(value, each.name) != default:
            found.append((each.name, getattr(value, each.name)))
    return found
