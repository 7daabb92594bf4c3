"""What lookups ask for, and what each run sees of it."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from random import Random
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cloudwright.plan.model import PinnedAnswer, Plan
    from cloudwright.state.snapshot import Snapshot
    from simulation.programs import Program
    from simulation.world import World


@dataclass(slots=True)
class Facts:
    """Answers of lookups, which change at any time.

    Attributes:
        rate: How likely one changes at each moment at which it may.
    """

    dice: Random = field(default_factory=lambda: Random(0))
    rate: float = 0.0
    _moves: Counter[str] = field(default_factory=Counter)

    def now(self, fact: str) -> str:
        """The answer of this moment."""
        self._moves[fact] += 0
        return f"{fact}-{self._moves[fact]}"

    def stir(self) -> str:
        """Change one of those that were asked for, or none; what must be reported about it."""
        if not self._moves or self.dice.random() >= self.rate:
            return ""
        fact = self.dice.choice(sorted(self._moves))
        self.move(fact)
        return f"  the answer moves: {self.now(fact)}"

    def move(self, fact: str) -> None:
        """Change one."""
        self._moves[fact] += 1

    def move_all(self) -> None:
        """Change all that were asked for."""
        for fact in list(self._moves):
            self.move(fact)


@dataclass(slots=True)
class Sight:
    """What one run sees of the facts: the same in all its plans and passes.

    Attributes:
        world: Where they change.
        given: The answers of the saved plan that is applied, or those on record for a frozen one; `None`: it may ask.
    """

    world: World
    given: Mapping[str, str] | None = None
    _seen: dict[str, str] = field(default_factory=dict)
    _asked: set[str] = field(default_factory=set)

    def ask(self, fact: str) -> str:
        """The answer that the lookup's function gets."""
        if self.given is not None:
            self.world.violated(f"{fact} was asked for, but this run has its answer already")
        if fact in self._asked:
            self.world.violated(f"{fact} was asked for twice in a run")
        self._asked.add(fact)
        return self.world.facts.now(fact)

    def see(self, fact: str, answer: str) -> None:
        """Check what a pass of the program gets."""
        first = self._seen.setdefault(fact, (self.given or {}).get(fact, answer))
        if answer != first:
            self.world.violated(f"a pass of the program sees {fact} as {answer}, but {first} is planned")

    def check_plan(self, plan: Plan) -> None:
        """A plan holds what the program saw, beside what the state holds."""
        snapshot = self.world.snapshot()
        for pinned in plan.lookups:
            fact = _fact(pinned)
            if pinned.answer != self._seen.get(fact):
                self.world.violated(f"a plan holds {pinned.answer}, but the program saw {self._seen.get(fact)}")
            kept = _kept(snapshot, pinned)
            # Who wakes from a long sleep plans with a state that others have changed; its lease is lost.
            if plan.serial == snapshot.serial and (pinned.recorded, pinned.before) != (kept is not None, kept):
                self.world.violated(f"{fact} moved from {kept} to {pinned.answer}, but the plan shows {pinned.before}")


def _fact(pinned: PinnedAnswer) -> str:
    return pinned.question.split('"')[1]


def _kept(snapshot: Snapshot, pinned: PinnedAnswer) -> object:
    kept = snapshot.lookups.get(pinned.key)
    return kept["answer"] if isinstance(kept, dict) else None


def answers_of(plan: Plan) -> dict[str, str]:
    """The answers that a plan holds, by fact."""
    return {_fact(pinned): str(pinned.answer) for pinned in plan.lookups}


def answers_on_record(snapshot: Snapshot) -> dict[str, str]:
    """The answers of the last deploy, by fact."""
    return {key.split('"')[1]: str(kept["answer"]) for key, kept in snapshot.lookups.items() if isinstance(kept, dict)}


def check_answers(world: World, program: Program) -> None:
    """After a calm deploy, the state holds the present answer to each question of the program, and no other."""
    recorded = answers_on_record(world.snapshot())
    wanted = {asked.fact: world.facts.now(asked.fact) for spec in program for asked in spec.asked.values()}
    if recorded != wanted:
        world.violated(f"the answers on record are {recorded}, but {wanted} are asked for")
    live = {record.key: record.declared for record in world.snapshot().records}
    for spec in program:
        for name, asked in spec.asked.items():
            if spec.id in live and asked.text + wanted[asked.fact] != live[spec.id].get(name):
                world.violated(f"/{name} of {spec.id} is {live[spec.id].get(name)}, but {asked.fact} was looked up")
