"""Two declarations of one physical resource in one program: refused if certain, a warning if likely."""

from __future__ import annotations

import json
from collections import defaultdict
from typing import TYPE_CHECKING

from cloudwright.errors import PlanError
from cloudwright.plan.adoption import usual_names
from cloudwright.plan.identity import is_fresh, naming_paths, naming_place
from cloudwright.plan.model import Finding
from cloudwright.program.document import UNKNOWN_MARKER
from cloudwright.schema.pointer import format_pointer, get

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence

    from cloudwright.plan.planner import Planned
    from cloudwright.plan.resolved import ResolvedResource
    from cloudwright.schema.pointer import Path

Names = dict["Path", str]
"""Property -> its value as the service compares it; a reference counts as what it refers to."""


def refuse_duplicates(planned: Iterable[Planned]) -> None:
    """Check that no two declarations are one physical resource.

    Raises:
        PlanError: Some of the same type, account and Region have the same identifier; the message names their lines.
    """
    twins = _alike(planned, _certainly)
    if twins:
        raise PlanError(
            "\n".join(_one_resource(group) for group in twins),
            hint="declare it once, and refer to it; or give each its own name",
        )


def same_names(planned: Iterable[Planned]) -> Iterator[Finding]:
    """Warnings about declarations that AWS will probably refuse because another one has the same name."""
    for first, *others in _alike(planned, _probably):
        for other in others:
            yield _finding(first.subject, other.subject)


def _alike(planned: Iterable[Planned], scope: Callable[[ResolvedResource], Hashable]) -> list[list[Planned]]:
    """The groups of two and more that share a scope; `None` is not a scope."""
    groups: dict[Hashable, list[Planned]] = defaultdict(list)
    for each in planned:
        groups[scope(each.subject)].append(each)
    return [group for shared, group in groups.items() if shared is not None and len(group) > 1]


def _certainly(subject: ResolvedResource) -> Hashable:
    """Equal for two declarations that certainly are one resource."""
    names = _identifying(subject)
    place = naming_place(subject.kind, subject.target)
    return (subject.kind.name, place, tuple(names.items())) if names else None


def _probably(subject: ResolvedResource) -> Hashable:
    """Equal for two declarations that probably collide.

    A name that is not part of an identifier counts if everything else that is fixed at creation is equal, too: two
    security groups may have the same name in two networks. A name whose ARN has no Region is probably taken in all
    Regions.
    """
    kind, place, names = subject.kind, subject.target.place, _identifying(subject)
    if names:
        everywhere = "${Region}" not in (kind.arn_template or "${Region}")
        return (kind.name, place[:2], tuple(names.items())) if everywhere else None
    fixed = {path: json.dumps(get(subject.masked, path), sort_keys=True) for path in kind.create_only}
    return (kind.name, place, tuple(fixed.items())) if _usual(subject) else None


def _identifying(subject: ResolvedResource) -> Names:
    """The values of the properties that decide the identifier; empty if the service decides it."""
    override = subject.override
    names: Names = {}
    for path in naming_paths(subject.kind):
        value = _text(get(subject.masked, path))
        if value is None and override.optional_names.matches(path) and get(subject.masked, path) is None:
            value = ""
        if value is None or is_fresh(override.identity.at(path), value):
            return {}
        names[path] = override.certain(value)
    return names


def _usual(subject: ResolvedResource) -> Names:
    """A fixed name, under one of the usual property names."""
    values = {(name,): get(subject.masked, (name,)) for name in usual_names(subject.kind)}
    return {path: value for path, value in values.items() if isinstance(value, str)}


def _text(value: object) -> str | None:
    """A name as text; a reference is equal to the same reference, although its value is not known yet."""
    if isinstance(value, dict) and isinstance(value.get(UNKNOWN_MARKER), str):
        return str(value[UNKNOWN_MARKER])
    return str(value) if isinstance(value, str | int) and value != "" else None


def _one_resource(group: Sequence[Planned]) -> str:
    subject = group[0].subject
    *most, last = (f"{planned.subject.key} ({planned.subject.declaration.source})" for planned in group)
    shown = _shown(subject, _identifying(subject))
    return f"{', '.join(most)} and {last} are one {subject.kind.name}: they have the same {shown}"


def _finding(first: ResolvedResource, second: ResolvedResource) -> Finding:
    names = _identifying(second) or _usual(second)
    return Finding(
        id="plan:same-name",
        severity="warning",
        key=second.key,
        path=format_pointer(next(iter(names))),
        text=f"{first.key} ({first.declaration.source}) has the same {_shown(second, names)}; AWS may refuse one of "
        "the two",
        fix="declare it once, and refer to it; or give each its own name",
        origin="facts about the type",
        source=second.declaration.source,
    )


def _shown(subject: ResolvedResource, names: Mapping[Path, str]) -> str:
    return ", ".join(f"{'/'.join(path)} {_text(get(subject.masked, path))!r}" for path, value in names.items() if value)
