"""What the local cloud makes for every type: identifiers never collide, and attributes fit where they are used.

`python -m sweep.identity` (in `tests`) looks at every type; `test_identity.py` at a sample.
"""

from __future__ import annotations

import contextlib
import copy
import json
import re
import sys
from collections import defaultdict
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from catalog_kit import CATALOG, provisionable
from cloudwright.local.cloud import LocalCloud
from cloudwright.local.generated import arns, known_forms, names
from cloudwright.local.model.overrides import overrides
from cloudwright.local.model.type_index import TypeIndex
from cloudwright.local.model.validation import matches
from cloudwright.local.services import HandlerFailed
from local_kit import ACCOUNT, REGION, StillClock
from type_documents.documents import minimal, rich

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from cloudwright.local.model.types import LocalType

EXCEPTIONS = Path(__file__).with_name("identity_exceptions.json")
"""`twins` (type -> why two of it are one) and `misfits` (type/attribute -> why it need not fit)."""

ALIKE = 12
"""Resources without a name that must differ: few enough to be fast, enough for short random ids to meet."""

KINDS = TypeIndex(CATALOG)
_REFERENCE = re.compile(r".+(Id|Identifier|Arn|ARN|Name)")
_ENDINGS = ("Id", "Arn", "ARN", "Name", "Identifier")

Document = dict[str, Any]


class Taker(NamedTuple):
    """A property that takes an attribute of another resource."""

    place: str
    node: Mapping[str, Any]


def expected() -> dict[str, dict[str, str]]:
    """What may collide or misfit, and why."""
    found: dict[str, dict[str, str]] = json.loads(EXCEPTIONS.read_text("utf-8"))
    return found


# Collisions


def collisions(type_name: str) -> Iterator[str]:
    """Resources of a type that differ, or have no name, and yet get one identifier."""
    kind, few, many = _kind(type_name), minimal(CATALOG.get(type_name)), rich(CATALOG.get(type_name))
    cloud = LocalCloud(CATALOG, clock=StillClock())
    # Two that are alike are the hardest case: any property in which they differ could only tell them apart.
    unnamed = [one for one in (few, many) if one is not None and not _is_named(kind, one)]
    if any(len(_identifiers(cloud, kind, *[one] * ALIKE)) < ALIKE for one in unnamed):
        yield "two without a name"
    for name, changed, base in _variants(kind, many):
        with contextlib.suppress(HandlerFailed):  # another version may be none
            if len(_identifiers(cloud, kind, base, changed)) < 2:
                yield f"two that differ in {name}"
    cloud.close()


def _identifiers(cloud: LocalCloud, kind: LocalType, *documents: Document) -> set[str]:
    return {cloud.put(ACCOUNT, REGION, kind.name, copy.deepcopy(one)) for one in documents}


def _is_named(kind: LocalType, document: Document) -> bool:
    """Whether the program alone decides what the resource is called for ever."""
    return _is_given(kind, document) or bool(arns.lasting_name(kind, document)) or _is_spelt(kind, document)


def _is_given(kind: LocalType, document: Document) -> bool:
    return all(path[0] in document for path in kind.identifier)


def _is_spelt(kind: LocalType, document: Document) -> bool:
    """Whether the form of the identifier holds nothing but what the document says."""
    forms_ = [overrides()["properties"].get(f"{kind.name}/{'/'.join(path)}") for path in kind.identifier]
    texts = [text for text in (kind.arn_template, *forms_) if isinstance(text, str)]
    words = [set(known_forms.placeholders(text)) - {"Partition", "Region", "Account"} for text in texts]
    return any(each and all(arns.property_text(word, kind, document) for word in each) for each in words)


def _variants(kind: LocalType, document: Document | None) -> Iterator[tuple[str, Document, Document]]:
    """A document and others that lie in another parent, or have another name, one property at a time."""
    fixed = {path[0] for path in (*kind.create_only, *kind.identifier) if len(path) == 1}
    for name, value in (document or {}).items():
        if document and name in fixed and isinstance(value, (str, int)) and _counts(kind, name, document):
            yield name, {**document, name: _another(value)}, document


def _counts(kind: LocalType, name: str, document: Document) -> bool:
    """Whether AWS makes the identifier of it: its own name does; a reference where no form says otherwise."""
    if (name,) in kind.identifier:
        return True
    known = overrides()["properties"]
    if kind.arn_template or any(f"{kind.name}/{'/'.join(path)}" in known for path in kind.identifier):
        return False
    return not _is_given(kind, document) and bool(_REFERENCE.fullmatch(name))


def _another(value: str | int) -> str | int:
    if isinstance(value, bool):
        return not value
    if isinstance(value, int):
        return value + 1
    return value[:-1] + ("a" if value[-1:] != "a" else "b")


# Misfits


def misfits(type_name: str) -> Iterator[tuple[str, str]]:
    """Attributes that the local cloud makes and that a property which takes them would refuse: attribute, and why."""
    kind, document = _kind(type_name), minimal(CATALOG.get(type_name))
    if document is None:
        return
    cloud = LocalCloud(CATALOG, clock=StillClock())
    cloud.put(ACCOUNT, REGION, type_name, copy.deepcopy(document))
    model = cloud.resources()[0].properties
    cloud.close()
    for name in sorted({path[0] for path in (*kind.read_only, *kind.identifier, *names.generated(kind))} - {*document}):
        if isinstance(model.get(name), str):
            for taker in _refusing(kind, name, model[name]):
                yield f"{type_name}/{name}", f"{model[name]} does not fit {taker.place} ({taker.node.get('pattern')})"


def _refusing(kind: LocalType, name: str, value: str) -> list[Taker]:
    """The properties of that attribute's name, or with that attribute's format, that refuse it."""
    endings = [each for each in _ENDINGS if name in {each, kind.short_name + each}]
    service = kind.name.split("::")[1]
    keys = [key for each in endings for key in ((service, kind.short_name + each), ("", f"{kind.name}.{each}"))]
    return [taker for key in keys for taker in _takers().get(key, ()) if not _fits(taker.node, value)]


def _fits(node: Mapping[str, Any], value: str) -> bool:
    long_enough = node.get("minLength", 0) <= len(value) <= node.get("maxLength", len(value))
    return long_enough and ("pattern" not in node or matches(node["pattern"], value))


@cache
def _takers() -> Mapping[tuple[str, str], list[Taker]]:
    """Properties by service and name, and by format (under no service)."""
    found: dict[tuple[str, str], list[Taker]] = defaultdict(list)
    for type_name in provisionable():
        kind, service = _kind(type_name), type_name.split("::")[1]
        for path, node in _texts(kind, kind.schema, (), ()):
            if not kind.is_read_only(path):
                name = path[-1] if path[-1] != "*" else path[-2].removesuffix("s")
                taker = Taker(f"{type_name} /{'/'.join(path)}", node)
                found[service, name].append(taker)
                found["", str(node.get("format", ""))].append(taker)
    return found


def _texts(
    kind: LocalType, node: Any, path: tuple[str, ...], seen: tuple[int, ...]
) -> Iterator[tuple[tuple[str, ...], Mapping[str, Any]]]:
    found = kind.resolve(node)
    if id(found) in seen or len(path) > 8:
        return
    if found.get("type") == "string" and path and path != ("*",):
        yield path, found
    members = {**(found.get("properties") or {}), **({"*": found["items"]} if "items" in found else {})}
    for name, member in members.items():
        yield from _texts(kind, member, (*path, name), (*seen, id(found)))


def _kind(type_name: str) -> LocalType:
    kind = KINDS.find(type_name)
    assert kind is not None, type_name
    return kind


# All types


def surprises(type_names: Iterable[str]) -> list[str]:
    """What `identity_exceptions.json` does not expect, and what it expects in vain."""
    twins, unfit = expected()["twins"], expected()["misfits"]
    said = []
    for name in type_names:
        found = list(collisions(name))
        said += [f"{name}: {each} collide" for each in found if name not in twins]
        said += [f"{name}: never collides; take it out of {EXCEPTIONS.name}"] * (name in twins and not found)
        wrong = dict(misfits(name))
        said += [f"{place}: {why}" for place, why in wrong.items() if place not in unfit]
        idle = [place for place in unfit if place.startswith(f"{name}/") and place not in wrong]
        said += [f"{place}: fits; take it out of {EXCEPTIONS.name}" for place in idle]
    return said


def main(type_names: list[str]) -> int:
    """Look at these types, or all."""
    chosen = type_names or provisionable()
    found = surprises(chosen)
    sys.stdout.write("\n".join([*found, f"{len(chosen)} types, {len(found)} surprises about identity\n"]))
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
