"""Dynamic references such as `{{resolve:ssm:/golden/ami}}`."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from cloudwright.convert.cloudformation.examples import example_of
from cloudwright.convert.cloudformation.values import Expression, Kind, joined
from cloudwright.convert.writer.code import CallOf, Formatted, TextOf
from cloudwright.convert.writer.layout import flat

if TYPE_CHECKING:
    from cloudwright.convert.cloudformation.known_names import KnownNames
    from cloudwright.diff.shape import Shape

_DYNAMIC = re.compile(r"\{\{resolve:([^{}]*)\}\}")


def with_resolved(known: KnownNames, text: str, place: Shape | None = None) -> Expression:
    """A text, with the dynamic references in it as calls."""
    if "{{resolve:" not in text:
        return Expression(TextOf(text), Kind.TEXT, literal=True)
    parts: list[Expression] = []
    end = 0
    for match in _DYNAMIC.finditer(text):
        parts += [
            Expression(TextOf(text[end : match.start()]), Kind.TEXT, literal=True),
            _resolved(known, match[1], place if match[0] == text else None),
        ]
        end = match.end()
    return joined([*parts, Expression(TextOf(text[end:]), Kind.TEXT, literal=True)])


def without_variables(known: KnownNames, value: Expression, place: Shape | None) -> Expression:
    """A text whose dynamic references hold other values: these are named in it, not filled in."""
    if not isinstance(value.code, Formatted):
        return value
    pieces = [part if isinstance(part, str) else f"${{{flat(part)}}}" for part in value.code.parts]
    text = "".join(pieces)
    if not re.fullmatch(r"\{\{resolve:.*\}\}", text) or text.count("{{resolve:") != 1:
        return value
    return _resolved(known, text[len("{{resolve:") : -2], place)


def _resolved(known: KnownNames, reference: str, place: Shape | None) -> Expression:
    example = example_of(reference, [place] if place is not None else [])
    if reference.startswith("ssm:") and "${" not in reference:
        known.helpers.add("stored")
        path = TextOf(reference.removeprefix("ssm:"))
        return Expression(CallOf("await stored", (("", path), ("example", TextOf(example)))), Kind.TEXT)
    known.helpers.add("resolved")
    call = CallOf("resolved", (("", TextOf(reference)), ("example", TextOf(example))))
    return Expression(call, Kind.TEXT, secret=not reference.startswith("ssm:"))
