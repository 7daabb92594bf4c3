"""What `ignore_changes` means for a plan: which differences are ignored, and which values are sent anyway."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cloudwright.plan.model import Change
from cloudwright.program.document import encode
from cloudwright.schema.pointer import format_pointer, get, is_within, is_within_any, parse

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cloudwright.diff.model import Difference
    from cloudwright.plan.resolved import ResolvedResource
    from cloudwright.schema.pointer import Path

_REASON = (
    "its changes are ignored, but AWS never shows this value, so each update has to send it: "
    "the declared value replaces the live one"
)


def is_ignored(subject: ResolvedResource, difference: Difference) -> bool:
    """Whether the program ignores changes of this path."""
    ignored = map(parse, subject.declaration.options.ignore_changes)
    return is_within_any(difference.path, ignored)


def ignored_but_sent(subject: ResolvedResource) -> tuple[Change, ...]:
    """Declared write-only values whose changes are ignored: an update sends them nevertheless (CC5)."""
    ignored = map(parse, subject.declaration.options.ignore_changes)
    places = dict.fromkeys(hidden for place in ignored for hidden in _sent(subject, place))
    return tuple(
        Change(
            path=format_pointer(place),
            kind="add",
            new=encode(subject.comparison.shown(get(subject.desired, place), place), subject.fingerprint),
            rule="writeOnly",
            reason=_REASON,
        )
        for place in places
    )


def _sent(subject: ResolvedResource, ignored: Path) -> Iterator[Path]:
    """The write-only paths at or below an ignored one, or the ignored one itself inside a write-only block."""
    view = subject.comparison
    inside = [ignored] if view.is_hidden(ignored) else subject.kind.write_only.expand(subject.desired)
    for place in inside:
        declared = get(subject.desired, place) is not None
        if declared and is_within(place, ignored) and not view.is_fixed(place):
            yield place
