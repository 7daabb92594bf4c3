"""Random programs and random edits of them."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from cloudwright.secret import secret
from simulation import programs as p
from simulation.programs import Asked, Program, Spec, To

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from random import Random


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """What can be edited about a resource.

    Attributes:
        name: What decides its identity, where the program does; a change replaces it.
        note: What can change in place.
        parents: Ids that its properties name.
        fact: What a lookup asks for on its behalf.
    """

    kind: str
    id: str
    name: str
    number: int
    note: str = "a"
    parents: tuple[str, ...] = ()
    fact: str = ""
    options: Mapping[str, Any] = field(default_factory=dict)

    def spec(self) -> Spec:
        """The declaration."""
        made = _SPECS[self.kind](self)
        return replace(made, options={**made.options, **self.options})


_SPECS: dict[str, Callable[[Draft], Spec]] = {
    "topic": lambda d: p.topic(d.id, d.name, d.note),
    "parameter": lambda d: p.parameter(d.id, d.name, _value(d)),
    "answered": lambda d: p.parameter(d.id, d.name, Asked(d.fact, f"{d.note}: ")),
    "named": lambda d: p.parameter(d.id, Asked(d.fact, f"{d.name}-"), d.note),
    "action": lambda d: p.acting(d.id, _followed(d), Asked(d.fact) if d.fact else d.note),
    "password": lambda d: p.parameter(d.id, d.name, secret(d.note)),
    "bucket": lambda d: p.bucket(d.id, d.name, d.note),
    "bucket_policy": lambda d: p.bucket_policy(d.id, d.parents[0], d.note),
    "role": lambda d: p.role(d.id, d.name, d.note),
    "vpc": lambda d: p.vpc(d.id, d.number, d.note),
    "subnet": lambda d: p.subnet(d.id, d.parents[0], d.number, d.note),
    "vpc_cidr": lambda d: p.vpc_cidr(d.id, d.parents[0], d.number),
    "access_control": lambda d: p.access_control(d.id, d.name, d.note),
    "distribution": lambda d: p.distribution(d.id, d.name, d.note),
    "infrastructure": lambda d: p.infrastructure(d.id, d.name, d.note, *d.parents),
    "recipe": lambda d: p.recipe(d.id, d.name, f"1.0.{d.number}", d.note),
    "pipeline": lambda d: p.pipeline(d.id, d.name, d.parents[0], d.parents[1], d.parents[2], d.note),
}
_KINDS = (*sorted(_SPECS), "action", "action")
"""Actions come more often than each type: few stories strike one at the right moment."""

_PARENTS: dict[str, tuple[str, ...]] = {
    "subnet": ("vpc",),
    "vpc_cidr": ("vpc",),
    "bucket_policy": ("bucket",),
    "pipeline": ("recipe", "infrastructure", "distribution"),
}
_MAY_NAME = {
    "parameter": ("topic", "bucket", "role", "action"),
    "infrastructure": ("topic",),
    "action": ("topic", "bucket", "role", "action"),
}
_ATTRIBUTE = {"topic": "TopicArn", "bucket": "Arn", "role": "Arn", "action": "result"}
_NAME = {"topic": "TopicName", "bucket": "BucketName", "role": "RoleName", "action": "result"}
_ASKING = {"answered": 1.0, "named": 1.0, "action": 0.3}
"""How likely a resource of a kind asks for a fact."""

_WHEN = ("changed", "changed", "created", "always")
_FACTS = ("one", "two")
_BY_NUMBER = frozenset({"vpc", "subnet", "vpc_cidr"})


def _value(draft: Draft) -> Any:
    if not draft.parents:
        return draft.note
    return To(draft.parents[0], _ATTRIBUTE[draft.parents[0].rpartition("-")[0]], text=f"{draft.note}: ")


def _followed(draft: Draft) -> To | str:
    """What an action is about."""
    if not draft.parents:
        return "nothing"
    return To(draft.parents[0], _NAME[draft.parents[0].rpartition("-")[0]])


class Author:
    """Writes programs and edits them, by seeded dice.

    Attributes:
        numbered: How many numbers ids and names have used up.
    """

    def __init__(self, dice: Random) -> None:
        self._dice = dice
        self.numbered = 0
        self.drafts: list[Draft] = []

    def _next(self) -> int:
        """A number that no name had before."""
        self.numbered += 1
        return self.numbered

    def program(self) -> Program:
        """The program as it stands."""
        return tuple(draft.spec() for draft in self.drafts)

    def write(self, size: int) -> None:
        """Add resources until there are so many."""
        while len(self.drafts) < size:
            self.add()

    def add(self) -> None:
        """Add a resource, with the parents that it needs."""
        self._add(self._dice.choice(_KINDS))

    def _add(self, kind: str) -> str:
        parents = [self._parent(wanted, kind) for wanted in _PARENTS.get(kind, ())]
        candidates = [d.id for d in self.drafts if d.kind in _MAY_NAME.get(kind, ())]
        if candidates and self._dice.random() < 0.7:
            parents.append(self._dice.choice(candidates))
        number = self._next()
        draft = Draft(
            kind=kind,
            id=f"{kind}-{number}",
            name=f"name{number}",
            number=self._dice.randint(1, 3) if kind == "vpc" else number,
            parents=tuple(parents),
            fact=self._dice.choice(_FACTS) if self._dice.random() < _ASKING.get(kind, 0.0) else "",
            options=self._options(kind),
        )
        self.drafts.append(draft)
        return draft.id

    def _parent(self, kind: str, child: str) -> str:
        there = [draft.id for draft in self.drafts if draft.kind == kind and child != "bucket_policy"]
        return self._dice.choice(there) if there and self._dice.random() < 0.7 else self._add(kind)

    def _options(self, kind: str) -> dict[str, Any]:
        options: dict[str, Any] = {}
        if kind == "action":
            return self._action_options()
        if kind in {"topic", "distribution", "access_control"} and self._dice.random() < 0.1:
            options["region"] = "eu-west-1"
        if self.drafts and self._dice.random() < 0.1:
            options["depends_on"] = self._dice.choice(self.drafts).id
        if self._dice.random() < 0.1:
            options["delete_before_replace"] = True
        if self._dice.random() < 0.03:
            options["retain"] = True
        return options

    def _action_options(self) -> dict[str, Any]:
        options = {"once": self._dice.random() < 0.5, "when": self._dice.choice(_WHEN)}
        if self.drafts and self._dice.random() < 0.3:
            options["depends_on"] = self._dice.choice(self.drafts).id
        return options

    # -- edits

    def edit(self) -> None:
        """Change something."""
        edits = [self.add, self._change, self._change, self._rename_physically, self._rename, self._remove, self._opt]
        self._dice.choice(edits if self.drafts else [self.add])()

    def _pick(self) -> int:
        return self._dice.randrange(len(self.drafts))

    def _change(self) -> None:
        at = self._pick()
        self.drafts[at] = replace(self.drafts[at], note=self._dice.choice("abcd"))

    def rename_physically(self, id: str) -> None:
        """Give a resource a name that nothing has."""
        at = next(i for i, draft in enumerate(self.drafts) if draft.id == id)
        self.drafts[at] = replace(self.drafts[at], name=f"name{self._next()}")

    def _rename_physically(self) -> None:
        """Give a resource another identity, sometimes one that differs by its case alone."""
        at = self._pick()
        draft = self.drafts[at]
        if draft.kind in _BY_NUMBER:
            self.drafts[at] = replace(draft, number=draft.number % 200 + 1)
        elif draft.kind in {"distribution", "recipe"} and self._dice.random() < 0.3:
            self.drafts[at] = replace(draft, name=draft.name.swapcase())
        else:
            self.rename_physically(draft.id)

    def _rename(self) -> None:
        at = self._pick()
        old, new = self.drafts[at].id, f"{self.drafts[at].kind}-{self._next()}"
        self.drafts[at] = replace(self.drafts[at], id=new)
        self._refer(old, new)

    def _refer(self, old: str, new: str) -> None:
        for at, draft in enumerate(self.drafts):
            parents = tuple(new if parent == old else parent for parent in draft.parents)
            options = {**draft.options, "depends_on": new} if draft.options.get("depends_on") == old else draft.options
            self.drafts[at] = replace(draft, parents=parents, options=options)

    def _remove(self) -> None:
        self.drafts = list(without(self.drafts, self.drafts[self._pick()].id))

    def _opt(self) -> None:
        at = self._pick()
        options = {k: v for k, v in self.drafts[at].options.items() if k in {"depends_on", "region", "once"}}
        if self.drafts[at].kind == "action":
            options["when"] = self._dice.choice(_WHEN)
        elif self._dice.random() < 0.5:
            options["delete_before_replace"] = True
        self.drafts[at] = replace(self.drafts[at], options=options)


def without(drafts: Iterable[Draft], id: str) -> tuple[Draft, ...]:
    """Drafts without one of them, and without those that can't do without it."""
    there, gone = tuple(drafts), {id}
    while needing := {d.id for d in there if d.kind in _PARENTS and gone.intersection(d.parents)} - gone:
        gone |= needing
    return tuple(_forgetting(draft, gone) for draft in there if draft.id not in gone)


def _forgetting(draft: Draft, gone: set[str]) -> Draft:
    options = {k: v for k, v in draft.options.items() if k != "depends_on" or v not in gone}
    return replace(draft, parents=tuple(x for x in draft.parents if x not in gone), options=options)
