"""What the plan did not show does not happen: held on the wire, for random programs, edits and outside changes.

A resource is deployed, somebody else changes its collections, and the program is edited. Each operation of each patch
that is then sent must have its line in the plan or in the outcome, and nothing of what others added may go, unless the
plan showed it.
"""

from __future__ import annotations

import asyncio
import copy
import json
from dataclasses import dataclass, field
from random import Random
from typing import TYPE_CHECKING, Any

import jsonpatch
import pytest

from app_kit import World
from catalog_kit import CATALOG
from catalogue.kit import patches
from cloudwright import Resource, target
from cloudwright.schema.pointer import parse
from cloudwright.testing import loop
from cloudwright.testing.documents import rich, with_another_leaf, without_a_property
from diff_kit import types

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from cloudwright.engine.outcome import Result

Document = dict[str, Any]
TYPES = types(24)
SEEDS = range(3)


@dataclass
class Outsider:
    """Somebody who changes the collections of a live document, where a read shows it.

    Attributes:
        shows: Whether a read shows a place.
        marks: A text for each element that was added, found nowhere else.
    """

    dice: Random
    shows: Callable[[tuple[str, ...]], bool]
    marks: list[str] = field(default_factory=list)

    def visit(self, document: Document, declared: Document) -> None:
        """Add, remove, change and reorder elements of the declared collections, in place."""
        for path, here in list(_collections(document, declared)):
            if self.shows(path) and self.dice.random() < 0.7:
                self._touch(here)
        self.marks = [mark for mark in self.marks if mark in json.dumps(document)]

    def _touch(self, here: Any) -> None:
        drawn = self.dice.random()
        if isinstance(here, dict):
            here[self._mark()] = "theirs"
        elif drawn < 0.6:
            like = self.dice.choice(here) if here else "x"
            here.insert(self.dice.randint(0, len(here)), self._strange(like))
        elif drawn < 0.75:
            self.dice.shuffle(here)
        elif drawn < 0.9 and here:
            here.pop(self.dice.randrange(len(here)))

    def _strange(self, like: Any) -> Any:
        """An element of the same form in which each text is new."""
        if isinstance(like, dict):
            return {name: self._strange(value) for name, value in like.items()} or {"x": self._mark()}
        if isinstance(like, list):
            return [self._strange(value) for value in like] or [self._mark()]
        return self._mark() if isinstance(like, str) else like

    def _mark(self) -> str:
        self.marks.append(f"theirs-{len(self.marks)}-")
        return self.marks[-1]


def _collections(live: Any, declared: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    """The lists that the program declares, and those inside of them, where both documents have them."""
    if isinstance(live, dict) and isinstance(declared, dict):
        for name in sorted(live.keys() & declared.keys()):
            yield from _collections(live[name], declared[name], (*path, name))
    elif isinstance(live, list) and isinstance(declared, list):
        yield path, live
        for at, (one, other) in enumerate(zip(live, declared, strict=False)):
            yield from _collections(one, other, (*path, str(at)))


@dataclass
class Wire:
    """What one story sent, and what was known of it before and after.

    Attributes:
        live: The document before the patches.
        after: The live document with the patches that were sent.
    """

    live: Document
    sent: list[list[dict[str, Any]]]
    result: Result
    outsider: Outsider
    after: Document = field(init=False)

    def __post_init__(self) -> None:
        self.after = copy.deepcopy(self.live)
        for patch in self.sent[:1]:
            self.after = jsonpatch.apply_patch(self.after, patch)

    @property
    def lines(self) -> list[tuple[str, ...]]:
        """The places that the plan shows."""
        return [_named(change.path) for plan in self.result.plans for step in plan.steps for change in step.changes]

    @property
    def notes(self) -> str:
        return "\n".join(note for outcome in self.result.outcomes for note in outcome.notes)

    def unshown(self) -> list[str]:
        """The operations without a line in the plan or in the outcome."""
        writes = [one["path"] for patch in self.sent for one in patch if one["op"] != "test"]
        return [path for path in writes if path not in self.notes and not self._is_shown(_named(path))]

    def _is_shown(self, path: tuple[str, ...]) -> bool:
        return any(path[: len(line)] == line or line[: len(path)] == path for line in self.lines)

    def lost(self) -> list[str]:
        """What others added and the patch took away, though no plan showed it."""
        left = json.dumps(self.after)
        shown = json.dumps([change.old for plan in self.result.plans for s in plan.steps for change in s.changes])
        return [mark for mark in self.outsider.marks if mark not in left and mark not in shown]


def _named(pointer: str) -> tuple[str, ...]:
    """A place without the positions in lists: these are not the same in two documents."""
    return tuple(step for step in parse(pointer) if not step.isdecimal() and step != "-")


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("type_name", TYPES)
def test_each_operation_has_its_line_and_what_others_added_stays(type_name: str, seed: int, tmp_path: Path) -> None:
    before = rich(CATALOG.get(type_name), seed)
    if before is None:
        pytest.skip("the generator makes no document of this type")

    wire = loop.run(_sent(World(tmp_path, catalog=lambda: CATALOG), type_name, before, Random(f"{type_name} {seed}")))

    assert wire.unshown() == []
    assert wire.lost() == []


async def _sent(world: World, type_name: str, before: Document, dice: Random) -> Wire:
    first = await world.deploy(_program(type_name, before))
    assert first.ok, first.failed
    (found,) = [one for one in world.cloud.resources() if one.type_name == type_name]
    kind = CATALOG.get(type_name)
    outsider = Outsider(dice, lambda path: not kind.write_only.covers(path) and not kind.write_only.reaches(path))
    live = copy.deepcopy(dict(found.properties))
    outsider.visit(live, before)
    world.cloud.modify(found.place.account, found.place.region, type_name, found.identifier, live)
    sent = patches(world)
    after = _edited(type_name, before, dice)
    result = await world.deploy(_program(type_name, after), allow_replace=("one",), refresh=dice.random() < 0.3)
    await asyncio.sleep(0)
    return Wire(live, sent, result, outsider)


def _program(type_name: str, document: Document) -> Callable[[], None]:
    offered = CATALOG.regions(type_name)
    region = "us-east-1" if not offered or "us-east-1" in offered else min(offered)

    def declare() -> None:
        with target(region=region):
            Resource("one", type=type_name, properties=copy.deepcopy(document))

    return declare


def _edited(type_name: str, document: Document, dice: Random) -> Document:
    """The document with another leaf, or without a property."""
    kind = CATALOG.get(type_name)

    def mutable(path: tuple[str, ...]) -> bool:
        fixed = kind.create_only.covers(path) or kind.conditional_create_only.covers(path)
        return kind.settable(path) and not fixed

    for edit in dice.sample([with_another_leaf, with_another_leaf, without_a_property], 3):
        changed = edit(kind, document, mutable, dice.randrange(100))
        if changed is not None:
            document = changed[0]
            break
    return document
