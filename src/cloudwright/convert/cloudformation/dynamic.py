"""Dynamic references such as `{{resolve:ssm:/golden/ami}}`: lookups of the program.

Source of their form: "Get values stored in other services using dynamic references" in CloudFormation's user guide.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from cloudwright.convert.cloudformation.examples import example_of
from cloudwright.convert.cloudformation.values import Expression, PythonType, joined, pieces
from cloudwright.convert.problem import SourceError
from cloudwright.convert.writer.code import CallOf, Code, TextOf
from cloudwright.convert.writer.layout import flat
from cloudwright.lazy_dataclass import replace

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cloudwright.convert.cloudformation.known_names import KnownNames
    from cloudwright.convert.cloudformation.nodes import TemplateNode
    from cloudwright.diff.shape import Shape

_OPEN, _CLOSE = "{{resolve:", "}}"
SERVICES = ("ssm", "ssm-secure", "secretsmanager")
"""The lookup for each kind of dynamic reference."""

_FORMS = "ssm:NAME, ssm-secure:NAME and secretsmanager:ID:SecretString:KEY:STAGE:VERSION"
_ARN_PARTS = 7
"""Number of colon-separated parts in a secret's ARN."""

_SECRET = (f"{_OPEN}secretsmanager:", f"{_OPEN}ssm-secure:")
"""Prefixes of references whose value is a secret."""


def is_dynamic(text: str) -> bool:
    """Whether a text holds a dynamic reference.

    Args:
        text: Such as the default of a parameter.
    """
    return _OPEN in text


def is_secret(text: str) -> bool:
    """Whether a text holds a dynamic reference whose value is a secret.

    Args:
        text: Such as the default of a parameter.
    """
    return any(one in text for one in _SECRET)


def with_dynamic(
    known: KnownNames, parts: Sequence[Expression], node: TemplateNode, place: Shape | None = None
) -> Expression:
    """Adjacent texts joined into one, with dynamic references as lookups; other values may be part of a reference.

    Args:
        known: The template's names; what the program uses is added.
        parts: Texts and numbers.
        node: Where the text is.
        place: What the schema says about that place.

    Raises:
        SourceError: CloudFormation does not know the form of a reference.
    """
    atoms = _atoms(parts)
    if not any(isinstance(one.code, TextOf) and _OPEN in one.code.value for one in atoms):
        return joined(atoms)
    found: list[Expression] = []
    for atom in atoms:
        found += _cut(atom)
    return joined(_resolved(known, found, node, place))


def _atoms(parts: Sequence[Expression]) -> list[Expression]:
    """The parts, none of them an f-string, with adjacent texts joined."""
    found: list[Expression] = []
    for part in parts:
        for piece in pieces(part):
            if not isinstance(piece, str):
                found.append(
                    part if piece is part.code else replace(part, code=piece, kind=PythonType.TEXT, literal=False)
                )
            elif found and isinstance(found[-1].code, TextOf):
                found[-1] = _text(found[-1].code.value + piece)
            else:
                found.append(_text(piece))
    return found


def _text(value: str) -> Expression:
    return Expression(TextOf(value), PythonType.TEXT, literal=True)


def _cut(atom: Expression) -> list[Expression]:
    """A text, split before and after the delimiters of references."""
    if not isinstance(atom.code, TextOf):
        return [atom]
    text, found = atom.code.value, list[str]()
    for number, words in enumerate(text.split(_OPEN)):
        found += [_OPEN] if number else []
        head, mark, tail = words.partition(_CLOSE)
        found += [head, mark, tail]
    return [_text(one) for one in found if one]


def _resolved(
    known: KnownNames, atoms: Sequence[Expression], node: TemplateNode, place: Shape | None
) -> list[Expression]:
    found: list[Expression] = []
    inside: list[Expression] | None = None
    closings = [number for number, one in enumerate(atoms) if one.code == TextOf(_CLOSE)]
    whole = atoms[0].code == TextOf(_OPEN) and closings == [len(atoms) - 1]
    for atom in atoms:
        if atom.code == TextOf(_OPEN):
            inside = []
        elif inside is not None and atom.code == TextOf(_CLOSE):
            found.append(_lookup(known, inside, node, place if whole else None))
            inside = None
        else:
            (found if inside is None else inside).append(atom)
    # One part of a joined text; the reference ends in another part.
    return found if inside is None else [*found, _text(_OPEN), *inside]


def _lookup(known: KnownNames, inside: Sequence[Expression], node: TemplateNode, place: Shape | None) -> Expression:
    service, *rest = _segments(inside)
    example = ("example", TextOf(example_of(_words(inside), [place] if place is not None else [])))
    if service == [TextOf("ssm")] and rest:
        return _call(known, "stored", [("", _code(rest)), example])
    if service == [TextOf("ssm-secure")] and rest:
        return replace(_call(known, "stored_secure", [("", _code(rest)), example]), secret=True)
    if service == [TextOf("secretsmanager")] and rest:
        return replace(_call(known, "stored_secret", [*_of_secret(rest, node), example]), secret=True)
    raise SourceError(
        f"unknown dynamic reference {_words(inside)!r}", node.at, hint=f"CloudFormation supports {_FORMS}"
    )


def _of_secret(segments: list[list[Code]], node: TemplateNode) -> list[tuple[str, Code]]:
    """`ID:SecretString:KEY:STAGE:VERSION`; everything but the id is optional."""
    count = _ARN_PARTS if segments[0] == [TextOf("arn")] else 1
    form, *others = segments[count:] or [[]]
    if form not in ([], [TextOf("SecretString")]):
        raise SourceError("a dynamic reference to a secret can read only SecretString", node.at)
    named = zip(("key", "stage", "version"), others, strict=False)
    return [("", _code(segments[:count])), *((name, _code([one])) for name, one in named if one)]


def _segments(inside: Sequence[Expression]) -> list[list[Code]]:
    """The colon-separated parts."""
    found: list[list[Code]] = [[]]
    for atom in inside:
        if not isinstance(atom.code, TextOf):
            found[-1].append(atom.code)
            continue
        first, *others = atom.code.value.split(":")
        found[-1] += [TextOf(first)] if first else []
        found += [[TextOf(one)] if one else [] for one in others]
    return found


def _code(segments: Sequence[Sequence[Code]]) -> Code:
    row: list[Expression] = []
    for number, segment in enumerate(segments):
        row += [_text(":")] if number else []
        row += [Expression(code, PythonType.TEXT, literal=isinstance(code, TextOf)) for code in segment]
    return joined(row).code


def _words(inside: Sequence[Expression]) -> str:
    return "".join(one.code.value if isinstance(one.code, TextOf) else f"${{{flat(one.code)}}}" for one in inside)


def _call(known: KnownNames, helper: str, arguments: list[tuple[str, Code]]) -> Expression:
    known.helpers.add(helper)
    return Expression(CallOf(f"await {helper}", tuple(arguments)), PythonType.TEXT)
