"""Values as Python source, in the usual layout: on one line if it fits, else one element per line."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from cloudwright.generate.live import JsonText, Link

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

WIDTH = 88
"""Columns; the default of common formatters."""

_STEP = 4
_PIECE = 60
"""Characters of one part of a long text."""


def call(name: str, arguments: Sequence[tuple[str, str]], indent: int, *, head: str = "") -> list[str]:
    """A call as source lines.

    Args:
        name: The callee.
        arguments: (keyword or empty, source of the value on its own line) pairs.
        indent: Columns before the first line.
        head: Text before the call, such as `x = `.
    """
    flat = ", ".join(f"{keyword}={value}" if keyword else value for keyword, value in arguments)
    line = f"{' ' * indent}{head}{name}({flat})"
    if "\n" not in flat and len(line) <= WIDTH:
        return [line]
    inner = " " * (indent + _STEP)
    lines = [f"{' ' * indent}{head}{name}("]
    lines += [f"{inner}{keyword}={value}," if keyword else f"{inner}{value}," for keyword, value in arguments]
    return [*"\n".join([*lines, f"{' ' * indent})"]).split("\n")]


def source(value: Any, names: Callable[[int], str], indent: int, used: int) -> str:
    """A value's source.

    Args:
        value: JSON with `Link` and `JsonText` leaves.
        names: Position of a resource -> its Python name.
        indent: Columns before the line on which the value begins.
        used: Columns of the line that the value can't use: a keyword, a comma.
    """
    flat = _flat(value, names)
    if len(flat) + indent + used <= WIDTH or not isinstance(value, Mapping | list | str | JsonText):
        return flat
    if isinstance(value, str):
        return _pieces(value, indent) or flat
    if isinstance(value, JsonText):
        return _dumps(value, names, indent)
    return _exploded(value, names, indent) if value else flat


def _exploded(value: Mapping[str, Any] | list[Any], names: Callable[[int], str], indent: int) -> str:
    inner = indent + _STEP
    if isinstance(value, Mapping):
        rows: Iterable[str] = (
            f"{text(key)}: {source(member, names, inner, len(text(key)) + 3)}" for key, member in value.items()
        )
        opening, closing = "{", "}"
    else:
        rows = (source(item, names, inner, 1) for item in value)
        opening, closing = "[", "]"
    lines = [f"{' ' * inner}{row}," for row in rows]
    return "\n".join([opening, *lines, f"{' ' * indent}{closing}"])


def _dumps(value: JsonText, names: Callable[[int], str], indent: int) -> str:
    inner = indent + _STEP
    document = source(value.document, names, inner, 1)
    return f"json.dumps(\n{' ' * inner}{document}\n{' ' * indent})"


def _flat(value: Any, names: Callable[[int], str]) -> str:
    match value:
        case Link():
            return _link(value, names)
        case JsonText():
            return f"json.dumps({_flat(value.document, names)})"
        case Mapping():
            return "{" + ", ".join(f"{text(key)}: {_flat(member, names)}" for key, member in value.items()) + "}"
        case list():
            return "[" + ", ".join(_flat(item, names) for item in value) + "]"
        case str():
            return text(value)
    return repr(value)


def _link(link: Link, names: Callable[[int], str]) -> str:
    value = f"{names(link.to)}.{link.attribute}" if link.attribute else names(link.to)
    if not link.before and not link.after:
        return value
    before, after = (text(part)[1:-1].replace("{", "{{").replace("}", "}}") for part in (link.before, link.after))
    return f'f"{before}{{{value}}}{after}"'


def text(value: str) -> str:
    """A text as a Python literal, in the quotes that need the fewest escapes.

    Args:
        value: Any text; non-printable characters are escaped.
    """
    if '"' in value and "'" not in value:
        body = "".join(_escaped(letter) for letter in value)
        return f"'{body}'"
    body = "".join('\\"' if letter == '"' else _escaped(letter) for letter in value)
    return f'"{body}"'


def _escaped(letter: str) -> str:
    if letter == "\\":
        return "\\\\"
    if letter.isprintable():
        return letter
    return letter.encode("unicode_escape").decode("ascii")


def _pieces(value: str, indent: int) -> str:
    """A long text as adjacent literals, cut after line breaks and blanks; empty if it can't be cut."""
    lines = [piece for line in value.splitlines(keepends=True) for piece in _cut(line)]
    if len(lines) < 2:
        return ""
    inner = " " * (indent + _STEP)
    return "\n".join(["(", *(f"{inner}{text(line)}" for line in lines), f"{' ' * indent})"])


def _cut(line: str) -> Iterable[str]:
    while len(line) > _PIECE:
        at = line.rfind(" ", 1, _PIECE) + 1 or line.find(" ", _PIECE) + 1
        if not at or at >= len(line):
            break
        yield line[:at]
        line = line[at:]
    yield line


def comment(words: str, indent: int) -> list[str]:
    """A comment, broken into lines.

    Args:
        words: One sentence or more.
        indent: Columns before it.
    """
    import textwrap

    return [f"{' ' * indent}# {line}" for line in textwrap.wrap(words, WIDTH - indent - 2)]
