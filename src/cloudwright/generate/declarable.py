"""From a live document to the smallest declaration that plans to no change."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from cloudwright.diff.compare import compare_live
from cloudwright.diff.context import ComparisonContext
from cloudwright.diff.masking import scrubbed
from cloudwright.diff.shape import Shape
from cloudwright.diff.tags import tag_names
from cloudwright.generate.live import JsonText
from cloudwright.schema.validation.validate import validate

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from cloudwright.generate.live import LiveResource
    from cloudwright.schema.pointer import Path
    from cloudwright.schema.resource_type import ResourceType
    from cloudwright.target import Target

PLACEHOLDER = "REPLACE-ME"
"""Placeholder for a required write-only value, which no read returns."""

UNREAD = "Not read:"
"""Prefix of the remark about properties that no read returns and no schema requires."""

TO_FIX = "To be fixed by hand"
"""Prefix of the remark about what a plan would refuse."""

_LEFT_OUT: Final[Any] = object()


def declarable(live: LiveResource, target: Target) -> tuple[dict[str, Any], tuple[str, ...]]:
    """What a program must declare about a live resource, and what it can't.

    Left out: what only the service sets, what it filled in by itself (known defaults, empty containers, `aws:` tags),
    and what the schema doesn't know. If leaving it out would change the resource, the live value is kept.

    Args:
        live: The resource.
        target: Its account and Region.

    Returns:
        The document (with `JsonText` leaves), and remarks about values that no read returns.
    """
    document: dict[str, Any] = _Stripping(live).document()
    filled = _fill_write_only(live, document)
    for name in _disturbed(live, document, target) - {path[0] for path in filled}:
        value = live.properties.get(name)
        document.pop(name, None)
        if value is not None:
            document[name] = scrubbed(value)
    return _names_first(live, document), (*_remarks(filled), *_unread(live, filled), *_misfits(live, document))


def _unread(live: LiveResource, filled: Sequence[Path]) -> Iterator[str]:
    """The properties that the resource may have although no read returns them, so that the program lacks them."""
    hidden = {path[0] for path in live.kind.write_only if len(path) == 1 and live.kind.settable(path)}
    given = {path[0] for path in filled} | {name for name in hidden if live.kind.deprecated.covers((name,))}
    names = sorted(hidden - given - live.properties.keys())
    if not names:
        return
    fixed = [name for name in names if live.kind.create_only.covers((name,))]
    text = f"{UNREAD} {', '.join(names)}: AWS does not show whether it has them, nor their values."
    if fixed:
        text += f" {', '.join(fixed)} may be written here as they are: that changes nothing."
    yield text


def _misfits(live: LiveResource, document: Mapping[str, Any]) -> Iterator[str]:
    """What a plan will refuse; only the user knows how to fix it."""
    for found in validate(live.kind, without_json_text(document)):
        if found.strict:
            yield f"{TO_FIX}: {found}"


def _names_first(live: LiveResource, document: dict[str, Any]) -> dict[str, Any]:
    """Readers look for the name first; the rest is in alphabetical order, tags last."""
    names = {path[0] for path in (*live.kind.identifiers, *live.override.identity)}
    names |= {"Name", f"{live.kind.name.rpartition('::')[2]}Name"}
    tags = (live.kind.tagging.property or ("",))[0]
    return dict(sorted(document.items(), key=lambda item: (item[0] not in names, item[0] == tags, item[0])))


class _Stripping:
    def __init__(self, live: LiveResource) -> None:
        self.live = live
        self.kind, self.override = live.kind, live.override

    def document(self) -> dict[str, Any]:
        found = self.value(dict(self.live.properties), (), Shape.of(self.kind))
        return found if isinstance(found, dict) else {}

    def value(self, value: Any, path: Path, shape: Shape) -> Any:
        if path and path == self.kind.tagging.property:
            return self.tags(value)
        if isinstance(value, Mapping):
            # A free-form document is compared as a whole, so nothing may be missing in it.
            return scrubbed(value) if path and shape.is_free else self.members(value, path, shape)
        if isinstance(value, list):
            items = [self.value(item, (*path, str(at)), shape.item()) for at, item in enumerate(value)]
            return [item for item in items if item is not None and item is not _LEFT_OUT]
        return self.text(value, path, shape) if isinstance(value, str) else value

    def members(self, value: Mapping[str, Any], path: Path, shape: Shape) -> dict[str, Any]:
        required = {name for names in shape.says("required") for name in names}
        found: dict[str, Any] = {}
        for name, member in value.items():
            here, inside = (*path, name), shape.child(name)
            if not self.belongs(here, inside, shape):
                continue
            kept = self.value(member, here, inside)
            if kept is not _LEFT_OUT and (name in required or not self.is_idle(member, kept, here)):
                found[name] = kept
        return found

    def belongs(self, path: Path, inside: Shape, around: Shape) -> bool:
        """Whether a program may declare this path at all."""
        if not self.kind.settable(path) or self.kind.write_only.covers(path):
            return False
        return bool(inside.nodes) or (not around.properties and not any(around.says("patternProperties")))

    def is_idle(self, live: Any, kept: Any, path: Path) -> bool:
        """Whether leaving a value out means the same: a null, an empty container, a default of the service."""
        if kept is None or kept in ("", []) or (kept == {} and (live != {} or len(path) == 1)):
            return True
        default = self.override.known_defaults.at(path)
        return default is not None and bool(default == live)

    def tags(self, tags: Any) -> Any:
        if isinstance(tags, Mapping):
            return {key: value for key, value in tags.items() if not str(key).startswith("aws:") and value is not None}
        names = tag_names(self.kind)
        if names is None or not isinstance(tags, list):
            return scrubbed(tags)
        return [scrubbed(tag) for tag in tags if tag and not str(tag.get(names[0], "")).startswith("aws:")]

    def text(self, value: str, path: Path, shape: Shape) -> Any:
        """JSON inside a string as a Python document, in the form that the type accepts."""
        if value.lstrip()[:1] not in {"{", "["}:
            return value
        try:
            document = json.loads(value)
        except ValueError:
            return value
        as_object = "object" in shape.types and self.override.json_strings.at(path) != "string"
        return document if as_object else JsonText(document)


def _fill_write_only(live: LiveResource, document: dict[str, Any]) -> list[Path]:
    """Put placeholders where the type requires what no read returns; returns their paths."""
    hidden, filled = live.kind.write_only, []
    for found in validate(live.kind, without_json_text(document)):
        path = (*found.path, str(found.expected))
        if found.rule == "required" and (hidden.covers(path) or hidden.reaches(path)):
            _put(document, path, _placeholder(live, path))
            filled.append(path)
    return filled


def _put(document: Any, path: Path, value: Any) -> None:
    for step in path[:-1]:
        document = document[int(step)] if isinstance(document, list) else document[step]
    document[path[-1]] = value


def _remarks(filled: list[Path]) -> tuple[str, ...]:
    if not filled:
        return ()
    places = ", ".join("/".join(path) for path in filled)
    return (f"{places}: write-only, so AWS does not show it. Write what it is before you change it here.",)


def _placeholder(live: LiveResource, path: Path) -> Any:
    # A block with a write-only member is one that no read returns, so the adoption shows no difference (CC32).
    below = [part[len(path)] for part in live.kind.write_only if part[: len(path)] == path and len(part) > len(path)]
    return _smallest(live.kind, live.kind.node(path) or {}, below[:1])


def _smallest(kind: ResourceType, node: Mapping[str, Any], wanted: Sequence[str] = ()) -> Any:
    """A value of the right JSON type, with what the schema requires inside."""
    node = kind.resolve(node)
    branches = [*(node.get("oneOf") or ()), *(node.get("anyOf") or ())]
    if branches and "type" not in node and "properties" not in node:
        return _smallest(kind, branches[0], wanted)
    if isinstance(node.get("enum"), list):
        return node["enum"][0]
    declared = node.get("type")
    name = declared[0] if isinstance(declared, list) and declared else declared
    if name == "object" or "properties" in node:
        members = {**(node.get("properties") or {})}
        return {one: _smallest(kind, members.get(one, {})) for one in node.get("required") or wanted}
    return {"array": [], "integer": 0, "number": 0, "boolean": False}.get(str(name), PLACEHOLDER)


def _disturbed(live: LiveResource, document: Mapping[str, Any], target: Target) -> set[str]:
    """The top-level properties in which the declaration would change the resource, or does not fit the schema."""
    plain = without_json_text(document)
    context = ComparisonContext(resource_type=live.kind, override=live.override, fingerprint=repr, target=target)
    changed = {difference.path[0] for difference in compare_live(context, plain, live.properties, None)}
    before = {(found.path, found.message) for found in validate(live.kind, dict(live.properties))}
    wrong = [
        found for found in validate(live.kind, plain) if found.strict and (found.path, found.message) not in before
    ]
    return changed | {found.path[0] for found in wrong if found.path and found.path[0] in live.properties}


def without_json_text(value: Any) -> Any:
    """A document as it will be sent.

    Args:
        value: JSON with `JsonText` leaves.
    """
    if isinstance(value, JsonText):
        return json.dumps(value.document)
    if isinstance(value, Mapping):
        return {name: without_json_text(member) for name, member in value.items()}
    if isinstance(value, list):
        return [without_json_text(item) for item in value]
    return value
