"""A resource of any type whose texts come from another one: known only after deploy, known, and unknown again.

Every text of the document is a reference, in turn as a whole, as a part of a larger text, and within a text that holds
JSON. They come from a source, a type that is made for the document: its read-only attributes have just the values that
the document needs, so whatever the schema says about them holds.
"""

from __future__ import annotations

import copy
import functools
import json
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from catalog_kit import CATALOG
from cloudwright import Resource, target
from cloudwright.diff.shape import Shape
from cloudwright.plan.options import PlanOptions
from cloudwright.schema.pointer import get, walk_leaves
from cloudwright.schema.validation.validate import validate
from cloudwright.testing import loop
from sweep.life import SEEDS, Document, Ending, Life
from sweep.life import _ending as ending_of
from sweep.life import _expect as expect
from sweep.life import _expect_empty as expect_empty
from sweep.steps import NotApplicable, ended_well
from type_documents.documents import rich, with_another_leaf

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from cloudwright import App
    from cloudwright.schema.pointer import Path as Pointer
    from cloudwright.schema.resource_type import ResourceType

JSON_TEXTS = 1
"""Plain texts of a document that become JSON."""

MOST = 60
"""References of one document."""

SOURCES = ("First", "Second", "Third")
"""The source's types: another one is another resource, whose attributes are unknown again."""

KINDS = ("whole", "part", "list", "map", "json", "write-only")
"""What a reference may be in a document; one may be several of them."""


@dataclass(frozen=True, slots=True)
class Use:
    """One reference of a document.

    Attributes:
        path: Where it stands, or the text of JSON that it stands in.
        inside: Where it stands in that JSON.
        part: It is a part of a larger text.
    """

    path: Pointer
    inside: Pointer = ()
    part: bool = False

    def kinds(self, kind: ResourceType, document: Document) -> Iterator[str]:
        """What kinds of reference it is."""
        steps = [get(document, self.path[:depth]) for depth in range(1, len(self.path))]
        yield "part" if self.part else "whole"
        yield from ("list" for step in steps[:1] if any(isinstance(each, list) for each in steps))
        yield from ("map" for step in steps[:1] if any(isinstance(each, dict) for each in steps))
        yield from ("json" for _ in self.inside[:1])
        yield from ("write-only" for step in steps[:1] if kind.write_only.covers(self.path))

    def split(self, document: Document) -> tuple[str, str, str]:
        """What stands before the reference, its value, and what stands behind it."""
        text: Any = get(document, self.path)
        value = get(json.loads(text), self.inside) if self.inside else text
        if not self.part:
            return "", str(value), ""
        cut = len(str(value)) // 2
        return str(value)[: cut - 1], str(value)[cut - 1 : cut + 1], str(value)[cut + 1 :]


def uses_of(document: Document) -> Iterator[Use]:
    """A reference for every text of a document, every second one as a part of a larger text."""
    for number, (path, value) in enumerate(walk_leaves(document)):
        if not isinstance(value, str) or not value:
            continue
        inside = [leaf for leaf, text in walk_leaves(_json(value)) if isinstance(text, str) and _plain(text)]
        if inside:
            yield Use(path, inside[0], part=number % 2 == 1 and len(str(get(_json(value), inside[0]))) > 2)
        elif not _json(value):
            yield Use(path, part=number % 2 == 1 and len(value) > 2 and _plain(value))


def _json(text: str) -> Any:
    if not text.startswith(("{", "[")):
        return None
    try:
        return json.loads(text)
    except ValueError:
        return None


def _plain(text: str) -> bool:
    return bool(text) and text.isascii() and text.isprintable() and not set(text) & set('"\\')


def referring(document: Document, uses: tuple[Use, ...], value: Callable[[int], str]) -> Document:
    """The document with references in it.

    Args:
        document: Plain; not changed.
        uses: Where they stand.
        value: Gives the reference of a number.
    """
    changed = copy.deepcopy(document)
    for number, use in enumerate(uses):
        before, _, behind = use.split(document)
        text = f"{before}{value(number)}{behind}" if use.part else value(number)
        if use.inside:
            inner = json.loads(str(get(document, use.path)))
            _put(inner, use.inside, text)
            text = json.dumps(inner)
        _put(changed, use.path, text)
    return changed


def _put(document: Any, path: Pointer, value: Any) -> None:
    holder: Any = get(document, path[:-1]) if path[:-1] else document
    holder[int(path[-1]) if isinstance(holder, list) else path[-1]] = value


def with_json_texts(kind: ResourceType, document: Document) -> Document:
    """The document with JSON in the place of each free-form object where the schema takes a text, and of two texts."""
    free = list(_free(Shape.of(kind), document, ()))
    leaves = [path for path, value in walk_leaves(document) if isinstance(value, str)]
    texts = [path for path in leaves if not any(path[: len(one)] == one for one in (*free, *kind.identifiers))]
    changed, found = document, 0
    for path in (*free, *texts):
        trial = copy.deepcopy(changed)
        _put(trial, path, json.dumps({"Version": "1", "Name": ["some name"]}))
        if found < JSON_TEXTS + len(free) and not validate(kind, trial):
            changed, found = trial, found + 1
    return changed


def document_of(kind: ResourceType) -> tuple[Document, tuple[Use, ...]] | None:
    """A document with all kinds of places, and references for its texts: those in write-only blocks first."""
    found = None
    for share in (0.5, 1.0):
        plain = rich(kind, share=share)
        if plain is None:
            return found
        document = with_json_texts(kind, plain)
        uses = sorted(uses_of(document), key=lambda use: not kind.write_only.covers(use.path))
        found = document, tuple(uses[:MOST])
        if not _hides_blocks(kind) or any(kind.write_only.covers(use.path[:-1]) for use in uses):
            return found
    return found


def _hides_blocks(kind: ResourceType) -> bool:
    shapes = [functools.reduce(Shape.child, path, Shape.of(kind)) for path in kind.write_only if kind.settable(path)]
    return any(shape.types & {"object", "array"} or shape.properties for shape in shapes)


def _free(shape: Shape, value: Any, path: Pointer) -> Iterator[Pointer]:
    if isinstance(value, (dict, str)) and path and shape.is_free and {"object", "string"} <= shape.types:
        yield path
    elif isinstance(value, dict):
        for name, item in value.items():
            yield from _free(shape.child(name), item, (*path, name))
    elif isinstance(value, list):
        for number, item in enumerate(value):
            yield from _free(shape.item(), item, (*path, str(number)))


def source_schema(type_name: str, values: list[str]) -> dict[str, Any]:
    """A type whose read-only attributes `V0`, `V1`, ... have these values; `G0`, `G1`, ... are declared."""
    made = {f"V{number}": {"type": "string", "enum": [value]} for number, value in enumerate(values)}
    given = {f"G{number}": {"type": "string"} for number in range(len(values))}
    return {
        "typeName": f"AWS::Sweep::{type_name}",
        "description": "What the document of another type refers to.",
        "additionalProperties": False,
        "properties": {"Id": {"type": "string"}, **made, **given},
        "readOnlyProperties": [f"/properties/{name}" for name in ("Id", *made)],
        "primaryIdentifier": ["/properties/Id"],
        "handlers": {verb: {"permissions": []} for verb in ("create", "read", "update", "delete", "list")},
    }


@dataclass
class References(Life):
    """The life of one resource that refers to a source."""

    uses: tuple[Use, ...] = ()
    source: str = SOURCES[0]
    form: str = "V"

    def __post_init__(self) -> None:
        """Make the source that the document needs."""
        self.catalog = CATALOG.with_overlay(source_schema("None", []))
        super().__post_init__()
        self._offer(self.document, SOURCES[0], SOURCES[1])

    def program(self) -> None:
        """Declares the source and the one resource; `form` says which attributes it uses, or none."""
        with target(region=self.region):
            given = {f"G{number}": use.split(self.document)[1] for number, use in enumerate(self.uses)}
            source = Resource("source", type=f"AWS::Sweep::{self.source}", properties=given)
            document = copy.deepcopy(self.document)
            if self.form:
                document = referring(document, self.uses, lambda number: getattr(source, f"{self.form}{number}"))
            Resource("one", type=self.kind.name, properties=document)

    async def unknown(self) -> None:
        """A first deploy, in which nothing of the source is known before, makes what the plain document says."""
        await self._reach()

    async def known(self) -> None:
        """References to values that are known make no difference to the values themselves."""
        self.form = "G"
        expect_empty(await self._app().plan(), "a plan with known references")

    async def unknown_again(self) -> None:
        """A source that is replaced, and whose attributes turn out as they were, changes nothing."""
        before = [one.identifier for one in self._live()]
        self.source, self.form = SOURCES[1], "V"
        await self._reach()
        expect(before, [one.identifier for one in self._live()], "after a source with equal values it is")

    async def otherwise(self) -> None:
        """A source that is replaced, and one of whose attributes turns out otherwise."""
        changed = self._changed()
        self._offer(changed, SOURCES[2])
        self.document, self.source, self.form = changed, SOURCES[2], "V"
        await self._reach()
        expect(1, len(self._live()), "live resources after a source with another value")

    async def gone(self) -> None:
        """A destroy takes it and its source away."""
        await self.destroyed()

    async def _reach(self) -> None:
        # Whatever may have to be replaced while values are unknown is consented to; the values decide.
        everything = ("one", "source")
        ended_well(await self._app().deploy(options=PlanOptions(allow_replace=everything), allow_findings=True))
        self.form = ""
        expect_empty(await self._app().plan(), "a plan of the plain values")
        if "read" in self.kind.handlers:
            fresh = await self._app().plan(PlanOptions(refresh=True))
            expect_empty(fresh, "a plan of the plain values with fresh reads")

    def _app(self) -> App:
        # With default tags, which are laid over tags whose keys may not be known yet.
        return self.world.app(self.program, tags={"sweep": "yes"})

    def _changed(self) -> Document:
        places = {use.path: use for use in self.uses if not use.inside}
        for seed in range(SEEDS):
            found = with_another_leaf(self.kind, self.document, lambda path: path in places, seed)
            if found is not None and isinstance(get(found[0], found[1]), str) and len(str(get(*found))) > 2:
                return found[0]
        raise NotApplicable("none of its texts can take another value")

    def _offer(self, document: Document, *names: str) -> None:
        values = [use.split(document)[1] for use in self.uses]
        for name in names:
            self.catalog.learn(source_schema(name, values))


REFERENCE_STEPS = ("unknown", "known", "unknown_again", "otherwise", "gone")
"""In this order."""


def live_with_references(type_name: str) -> list[Ending]:
    """Live a resource's life with references.

    Args:
        type_name: Such as `AWS::S3::Bucket`.

    Returns:
        One ending a step, up to the first that went wrong.
    """
    kind = CATALOG.get(type_name)
    made = document_of(kind)
    if made is None:
        return [Ending("document", "no document of it can be made from its schema")]
    document, uses = made
    if not uses:
        return [Ending("unknown", "none of its documents holds a text", applicable=False)]
    with tempfile.TemporaryDirectory() as folder:
        return loop.run(_lived(References(kind, document, Path(folder), uses=uses)))


async def _lived(life: References) -> list[Ending]:
    endings: list[Ending] = []
    try:
        for step in REFERENCE_STEPS:
            endings += [await ending_of(life, step)]
            if endings[-1].why and endings[-1].applicable:
                break
    finally:
        life.world.cloud.close()
    return endings
