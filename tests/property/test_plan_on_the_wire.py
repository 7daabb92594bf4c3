"""What the plan did not show does not happen: held on the wire, for random programs, edits and outside changes.

A resource is deployed; then, in rounds, somebody else changes its collections and values, and the program is edited.
Each operation of each patch that is sent must have its line in the plan or in the outcome, and nothing of what others
added may go, unless the plan showed it. No step ends in an error of cloudwright's own, and no outcome blames AWS, which
does all that it is asked here. Reads shuffle unordered lists, echo empty ones and spell policies in other ways.
"""

from __future__ import annotations

import asyncio
import copy
import json
import os
from dataclasses import dataclass, field
from random import Random
from typing import TYPE_CHECKING, Any

import pytest

from app_kit import World
from catalog_kit import CATALOG
from catalogue.kit import patches, switch
from cloudwright import Resource, target
from cloudwright.errors import CloudwrightError
from cloudwright.schema.pointer import parse
from cloudwright.testing import loop
from diff_kit import types
from type_documents.documents import (
    rich,
    with_another_element,
    with_another_leaf,
    with_another_property,
    without_a_property,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from cloudwright.engine.outcome import Result
    from cloudwright.local.rows import StoredResource

Document = dict[str, Any]
TYPES = types(24)
SEEDS = range(int(os.environ.get("CLOUDWRIGHT_WIRE_SEEDS", "3")))
ROUNDS = 3
_MANY = 4
FAULTS = ("CC9", "CC14", "CC33")
UNTRUE = "AWS reported success, but"


@dataclass
class Outsider:
    """Somebody who changes the collections of a live document, where a read shows it.

    Attributes:
        shows: Whether a read shows a place.
        may_remove: Whether a property can be without a value.
        marks: A text for each element that was added, found nowhere else.
    """

    dice: Random
    shows: Callable[[tuple[str, ...]], bool]
    may_remove: Callable[[str], bool]
    marks: list[str] = field(default_factory=list)

    def visit(self, document: Document, declared: Document) -> None:
        """Add, remove, change and reorder elements of the declared collections, and remove properties, in place."""
        for path, here in list(_collections(document, declared)):
            if self.shows(path) and self.dice.random() < 0.7:
                self._touch(here)
        for name in sorted(document.keys() & declared.keys()):
            if self.may_remove(name) and self.dice.random() < 0.1:
                del document[name]
        self.marks = [mark for mark in self.marks if mark in json.dumps(document)]

    def _touch(self, here: Any) -> None:
        drawn = self.dice.random()
        if isinstance(here, dict):
            here[self._mark()] = "theirs"
        elif drawn < 0.6:
            self._add(here)
        elif drawn < 0.7:
            for _ in range(_MANY):  # as many as one of the smaller lists may hold
                self._add(here)
        elif drawn < 0.8:
            self.dice.shuffle(here)
        elif drawn < 0.9 and here:
            here.pop(self.dice.randrange(len(here)))
        else:
            here.clear()

    def _add(self, here: list[Any]) -> None:
        like = self.dice.choice(here) if here else "x"
        here.insert(self.dice.randint(0, len(here)), self._strange(like))

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
        marks: What others added and was there before.
        sent: The patches.
        after: The document after them.
    """

    marks: list[str]
    sent: list[list[dict[str, Any]]]
    result: Result
    after: Document

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

    def wrong(self) -> list[str]:
        """Errors of cloudwright's own, and sentences that are not true."""
        errors = [repr(outcome.error) for outcome in self.result.failed if not _is_expected(outcome.error)]
        return errors + [line for line in self.notes.splitlines() if UNTRUE in line]

    def _is_shown(self, path: tuple[str, ...]) -> bool:
        return any(path[: len(line)] == line or line[: len(path)] == path for line in self.lines)

    def lost(self) -> list[str]:
        """What others added and the patch took away, though no plan showed it."""
        left = json.dumps(self.after)
        changes = [change for plan in self.result.plans for step in plan.steps for change in step.changes]
        shown = json.dumps([[change.old, change.path] for change in changes])
        return [mark for mark in self.marks if mark not in left and mark not in shown]


def _is_expected(error: BaseException | None) -> bool:
    return error is None or isinstance(error, CloudwrightError)


def _named(pointer: str) -> tuple[str, ...]:
    """A place without the positions in lists: these are not the same in two documents."""
    return tuple(step for step in parse(pointer) if not step.isdecimal() and step != "-")


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("type_name", TYPES)
def test_each_operation_has_its_line_and_what_others_added_stays(type_name: str, seed: int, tmp_path: Path) -> None:
    before = rich(CATALOG.get(type_name), seed)
    if before is None:
        pytest.skip("the generator makes no document of this type")

    wires = loop.run(_told(World(tmp_path, catalog=lambda: CATALOG), type_name, before, Random(f"{type_name} {seed}")))

    for wire in wires:
        assert wire.unshown() == []
        assert wire.lost() == []
        assert wire.wrong() == []


async def _told(world: World, type_name: str, document: Document, dice: Random) -> list[Wire]:
    for fault in FAULTS:
        if dice.random() < 0.3:
            switch(world, fault)
    options = _options(document, dice)
    first = await world.deploy(_program(type_name, document, options))
    assert first.ok, first.failed
    wires: list[Wire] = []
    outsider = _outsider(type_name, dice)
    sent = patches(world)
    while len(wires) < ROUNDS and len(found := _live(world, type_name)) == 1:
        (one,) = found
        live = copy.deepcopy(dict(one.properties))
        outsider.visit(live, document)
        gone = dict.fromkeys(one.properties.keys() - live.keys())
        world.cloud.modify(one.place.account, one.place.region, type_name, one.identifier, live | gone)
        sent.clear()
        document = _edited(type_name, document, dice)
        program = _program(type_name, document, options)
        result = await world.deploy(program, allow_replace=("one",), refresh=dice.random() < 0.3)
        await asyncio.sleep(0)
        after = [dict(each.properties) for each in _live(world, type_name) if each.identifier == one.identifier]
        if not after:  # the plan showed a replacement
            break
        wires.append(Wire(list(outsider.marks), list(sent), result, after[0]))
    return wires


def _live(world: World, type_name: str) -> list[StoredResource]:
    return [one for one in world.cloud.resources() if one.type_name == type_name]


def _outsider(type_name: str, dice: Random) -> Outsider:
    kind = CATALOG.get(type_name)
    required: Any = kind.schema.get("required", ())
    needed = frozenset(required)
    return Outsider(
        dice,
        lambda path: not kind.write_only.covers(path) and not kind.write_only.reaches(path),
        lambda name: name not in needed and not kind.create_only.reaches((name,)) and kind.settable((name,)),
    )


def _options(document: Document, dice: Random) -> dict[str, Any]:
    """Collections of which only declared elements may exist, or none."""
    lists = [f"/{name}" for name, value in document.items() if isinstance(value, list)]
    return {"exclusive": [dice.choice(lists)]} if lists and dice.random() < 0.2 else {}


def _program(type_name: str, document: Document, options: Document) -> Callable[[], None]:
    offered = CATALOG.regions(type_name)
    region = "us-east-1" if not offered or "us-east-1" in offered else min(offered)

    def declare() -> None:
        with target(region=region):
            Resource("one", type=type_name, properties=copy.deepcopy(document), **options)

    return declare


def _edited(type_name: str, document: Document, dice: Random) -> Document:
    """The document with another leaf or element, or with a property more or less."""
    kind = CATALOG.get(type_name)

    def mutable(path: tuple[str, ...]) -> bool:
        fixed = kind.create_only.covers(path) or kind.conditional_create_only.covers(path)
        return kind.settable(path) and not fixed

    edits = [with_another_leaf, with_another_leaf, with_another_element, with_another_property, without_a_property]
    for edit in dice.sample(edits, len(edits)):
        changed = edit(kind, document, mutable, dice.randrange(100))
        if changed is not None:
            document = changed[0]
            break
    return document
