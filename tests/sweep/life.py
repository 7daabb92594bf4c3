"""The whole life of one resource of any type: created, changed, drifted, mended, replaced, taken over, destroyed.

Everything is the real product over the local cloud: the program, the planner, the engine, a state in memory. Each step
says what it expects; a step that a type can't take says why not.
"""

from __future__ import annotations

import copy
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING, Any

from app_kit import World
from catalog_kit import CATALOG
from cloudwright import Resource, target
from cloudwright.diff.replacement_causes import update_blockers
from cloudwright.diff.tags import changeable_tags, with_default_tags
from cloudwright.plan.model import Action
from cloudwright.schema.pointer import format_pointer
from cloudwright.state.memory import MemoryDatabase
from cloudwright.testing import loop
from sweep.outside_rounds import live_through_outside_changes, take_away_what_was_added
from sweep.outside_values import live_through_a_new_value
from sweep.steps import NotApplicable, ended_well
from type_documents.documents import minimal, rich, with_another_leaf, with_another_property, without_a_property

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cloudwright.engine.outcome import Result
    from cloudwright.local.rows import StoredResource
    from cloudwright.plan.model import Plan
    from cloudwright.schema.catalog import Catalog
    from cloudwright.schema.pointer import Path as Pointer
    from cloudwright.schema.resource_type import ResourceType

ACCOUNT, REGION = "000000000000", "us-east-1"

SEEDS = 4
"""Changes that are tried before it is an error that none is seen."""

Document = dict[str, Any]

Edit = Callable[
    ["ResourceType", Mapping[str, Any], Callable[["Pointer"], bool], int], tuple[Document, "Pointer"] | None
]
"""Another valid document of a type, and where it differs; `None` if there is no such document."""


@dataclass(frozen=True, slots=True)
class Ending:
    """How one step of one type's life ended.

    Attributes:
        why: Empty if it went well.
        applicable: Whether the type can take the step at all.
    """

    step: str
    why: str = ""
    applicable: bool = True


@dataclass
class Life:
    """One resource, from its create to its destroy."""

    kind: ResourceType
    document: Document
    folder: Path
    catalog: Catalog = CATALOG
    world: World = field(init=False)

    def __post_init__(self) -> None:
        self.world = World(self.folder, catalog=lambda: self.catalog)
        offered = CATALOG.regions(self.kind.name)
        self.region = REGION if not offered or REGION in offered else min(offered)

    def program(self) -> None:
        """Declares the one resource."""
        with target(region=self.region):
            Resource("one", type=self.kind.name, properties=copy.deepcopy(self.document))

    async def created(self) -> None:
        """A create makes exactly one resource."""
        result = await self._deployed()
        _expect([Action.CREATE], _actions(result), "the create was planned as")
        _expect(1, len(self._live()), "live resources")

    async def unchanged(self) -> None:
        """A second deploy sends nothing, and a look at the live document finds no difference."""
        again = await self._deployed()
        _expect(0, again.calls, "calls of a deploy without changes")
        if "read" in self.kind.handlers:
            _expect_empty(await self.world.plan(self.program, refresh=True), "a plan with fresh reads")

    async def edited(self) -> None:
        """Another value of a leaf that can change is an update in place, or a replacement where a type has none.

        A document without such a leaf gets one.
        """
        await self._change(self._mutable, with_another_leaf, with_another_property)
        await self._updated("the edit")

    async def shrunk(self) -> None:
        """A property that is no longer declared goes by an update in place, and nothing else goes with it."""
        await self._change(lambda path: self.changeable(path) and not self._kept_tag(path), without_a_property)
        await self._updated("the removal")

    async def undrifted(self) -> None:
        """Nobody touched it, so there is no drift."""
        self._needs("read")
        report = await self.world.app(self.program).drift()
        _expect((), report.drifted, "drift of what nobody touched")

    async def mended(self) -> None:
        """A change behind our back is found where it is, and a deploy that looks puts it right."""
        self._needs("read", "update")
        path = self._tampered()
        report = await self.world.app(self.program).drift()
        found = [each.path for resource in report.drifted for each in resource.paths]
        if not any(pointer.startswith(format_pointer(path[:1])) for pointer in found):
            raise AssertionError(f"a change at {format_pointer(path)} is reported as {found}")
        await self._deployed(refresh=True)
        await take_away_what_was_added(self)

    async def changed_outside(self) -> None:
        """Outside changes of every kind outlive edits of the program, are drift until they are fixed, and are fixed."""
        self._needs("read", "update")
        if update_blockers(self.kind, self.document) or not self.kind.updatable:
            raise NotApplicable("no update of it is possible")
        if not await live_through_outside_changes(self):
            raise NotApplicable("its document has no place that can be changed in one of the ways")

    async def value_changed(self) -> None:
        """A value that AWS makes changes: a deploy that looks brings it to the resource that uses it."""
        self._needs("read")
        await live_through_a_new_value(self)

    async def replaced(self) -> None:
        """Another value of a create-only leaf, or a new one, makes a new resource, and the old one goes."""
        await self._change(self.kind.create_only.covers, with_another_leaf, with_another_property)
        result = await self._deployed()
        _expect([Action.REPLACE], _actions(result)[:1], "the edit of a create-only leaf was planned as")
        _expect(1, len(self._live()), "live resources after the replacement")

    async def taken_over(self) -> None:
        """A state that knows nothing of it takes it over by its identifier, without a change."""
        self._needs("read")
        (live,) = self._live()
        self.world.database = MemoryDatabase()
        app = self.world.app(self.program)
        result = await app.import_("one", live.identifier)
        ended_well(result)
        _expect([Action.IMPORT], _actions(result), "the import was planned as")
        _expect_empty(await self.world.plan(self.program, refresh=True), "a plan after the import")

    async def destroyed(self) -> None:
        """A destroy leaves nothing behind."""
        ended_well(await self.world.destroy())
        _expect([], self._live(), "live resources after the destroy")
        _expect({}, await self.world.records(), "records after the destroy")

    # -- parts

    def changeable(self, path: Pointer) -> bool:
        """Whether an update can change a place, and a read shows it."""
        return self._mutable(path) and self._visible(path)

    async def declared(self) -> Document:
        """What the program declares, with the tags that the resource keeps because they can't change."""
        record = (await self.world.records())["one"]
        return with_default_tags(self.kind, self.document, {}, record.declared)

    def modify(self, properties: Mapping[str, Any]) -> None:
        """Change top-level properties of the live resource outside of cloudwright."""
        (live,) = self._live()
        self.world.cloud.modify(ACCOUNT, self.region, self.kind.name, live.identifier, properties)

    async def _deployed(self, **options: Any) -> Result:
        result = await self.world.deploy(self.program, allow_replace=("one",), **options)
        ended_well(result)
        return result

    def _live(self) -> list[StoredResource]:
        return [found for found in self.world.cloud.resources() if found.type_name == self.kind.name]

    def _needs(self, *handlers: str) -> None:
        missing = [name for name in handlers if name not in self.kind.handlers]
        if missing:
            raise NotApplicable(f"no {missing[0]} handler")

    def _mutable(self, path: Pointer) -> bool:
        fixed = self.kind.create_only.covers(path) or self.kind.conditional_create_only.covers(path)
        return self.kind.settable(path) and not fixed

    def _kept_tag(self, path: Pointer) -> bool:
        """Whether it is a tag of a type whose resources keep the tags that they were made with."""
        tags = self.kind.tagging.property
        return tags is not None and path[: len(tags)] == tags and not changeable_tags(self.kind)

    async def _updated(self, what: str) -> None:
        result = await self._deployed()
        possible = self.kind.updatable and not update_blockers(self.kind, self.document)
        _expect([Action.UPDATE if possible else Action.REPLACE], _actions(result), f"{what} was planned as")

    async def _change(self, allowed: Callable[[Pointer], bool], *edits: Edit) -> None:
        before = self.document
        for edit, seed in product(edits, range(SEEDS)):
            changed = edit(self.kind, before, allowed, seed)
            if changed is None:
                continue
            self.document = changed[0]
            # Another spelling of the same value is no change: `ACTIVEMQ` for `activemq`.
            if not (await self.world.plan(self.program, allow_replace=("one",))).empty:
                return
        if self.document is not before:
            raise AssertionError(f"changes of the document are not seen: {self.document}")
        raise NotApplicable("no place of the document can change in this way")

    def _tampered(self) -> Pointer:
        (live,) = self._live()
        shown = {name: value for name, value in self.document.items() if name in live.properties}
        changed = with_another_leaf(self.kind, shown, lambda path: self._mutable(path) and self._visible(path))
        if changed is None:
            raise NotApplicable("no leaf that a read shows can take another value")
        document, path = changed
        name = path[0]
        value = _laid_over(live.properties[name], document[name])
        self.modify({name: value})
        return path

    def _visible(self, path: Pointer) -> bool:
        return not self.kind.write_only.covers(path)


def _laid_over(live: Any, changed: Any) -> Any:
    """What the service itself filled in stays."""
    if isinstance(live, dict) and isinstance(changed, dict):
        return {**live, **{name: _laid_over(live.get(name), value) for name, value in changed.items()}}
    return changed


STEPS = (
    "created",
    "unchanged",
    "edited",
    "undrifted",
    "mended",
    "changed_outside",
    "value_changed",
    "shrunk",
    "replaced",
    "taken_over",
    "destroyed",
)
"""In this order; what a step leaves behind is what the next one finds."""

SIZES: Mapping[str, Callable[[ResourceType], Document | None]] = {"minimal": minimal, "rich": rich}


def live_through(type_name: str, size: str) -> list[Ending]:
    """Live the whole life of a resource of a type.

    Args:
        type_name: Such as `AWS::S3::Bucket`.
        size: `minimal` or `rich`: what document it begins with.

    Returns:
        One ending a step, up to the first that went wrong.
    """
    kind = CATALOG.get(type_name)
    document = SIZES[size](kind)
    if document is None:
        return [Ending("document", "no document of it can be made from its schema")]
    with tempfile.TemporaryDirectory() as folder:
        return loop.run(_lived(Life(kind, document, Path(folder))))


async def _lived(life: Life) -> list[Ending]:
    endings: list[Ending] = []
    try:
        for step in STEPS:
            endings += [await _ending(life, step)]
            if endings[-1].why and endings[-1].applicable:
                break
            if step not in {"created", "unchanged", "undrifted", "destroyed"} and endings[-1].applicable:
                endings += [replace(await _ending(life, "unchanged"), step=f"{step}, then nothing")]
    finally:
        life.world.cloud.close()
    return endings


async def _ending(life: Life, step: str) -> Ending:
    try:
        await getattr(life, step)()
    except NotApplicable as reason:
        return Ending(step, str(reason), applicable=False)
    except Exception as error:  # noqa: BLE001 - whatever goes wrong is what the sweep is there to tell
        return Ending(step, f"{type(error).__name__}: {error}")
    return Ending(step)


def failures(endings: list[Ending]) -> Iterator[Ending]:
    """The steps that went wrong."""
    return (ending for ending in endings if ending.why and ending.applicable)


def _actions(result: Result) -> list[Action]:
    return [step.action for plan in result.plans for step in plan.changes]


def _expect(expected: object, actual: object, what: str) -> None:
    if expected != actual:
        raise AssertionError(f"{what}: {actual!r}, expected {expected!r}")


def _expect_empty(plan: Plan, what: str) -> None:
    changes = [f"{step.action} {c.path} {c.old!r} -> {c.new!r}" for step in plan.changes for c in step.changes]
    _expect([], changes or [str(step.action) for step in plan.changes], f"{what} changes")
