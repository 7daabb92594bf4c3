"""Expressions `{{ ... }}`: inputs and outputs of earlier steps, parameters, constants and loops (toe-use-documents)."""

from __future__ import annotations

import re
from dataclasses import field
from typing import TYPE_CHECKING

from cloudwright.imagedocs.actions import ANY
from cloudwright.imagedocs.fields import nearest
from cloudwright.lazy_dataclass import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from cloudwright.imagedocs.actions import DocumentAction
    from cloudwright.imagedocs.mistake import Mistake
    from cloudwright.imagedocs.yaml_node import YamlNode

_EXPRESSION = re.compile(r"\{\{\s*([^{}]*?)\s*\}\}")
_CHAIN = re.compile(
    r"(?P<phase>[^.\s\[\]]+)\.(?P<step>[^.\s\[\]]+)\.(?P<side>inputs|outputs)(?:\[\d+\])?\.(?P<name>[^\s]+)"
)
_LOOP = re.compile(r"(?P<loop>[^.\s]+)\.(?:index|value)")
_WORD = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*")


@dataclass(slots=True)
class ReferableNames:
    """What expressions of a step may refer to.

    Attributes:
        names: Parameters and constants.
        steps: (phase, step) of every step of the document.
        done: The earlier ones, with their actions.
        loop: The names of the step's own loop; empty without one.
    """

    names: frozenset[str]
    steps: frozenset[tuple[str, str]]
    done: dict[tuple[str, str], DocumentAction | None] = field(default_factory=dict)
    loop: frozenset[str] = frozenset()


def check_expressions(piece: YamlNode, known: ReferableNames) -> Iterator[Mistake]:
    """Judge the expressions in all texts of a part of a step.

    Args:
        piece: Such as its inputs.
        known: What they may refer to.
    """
    for part in piece.walk():
        if part.kind == "text":
            for match in _EXPRESSION.finditer(part.text):
                yield from _expression(part, match[1], known)


def declared_names(document: YamlNode) -> frozenset[str]:
    """The parameters and constants of a component document: a list of single-member maps, or a map.

    Args:
        document: The document.
    """
    found: set[str] = set()
    for section in ("parameters", "constants"):
        part = document.get(section)
        for holder in (part, *part.items) if part is not None else ():
            found.update(holder.members)
    return frozenset(found)


def _expression(part: YamlNode, text: str, known: ReferableNames) -> Iterator[Mistake]:
    chain = _CHAIN.fullmatch(text)
    if chain:
        yield from _chain(part, chain.groupdict(), known)
    elif loop := _LOOP.fullmatch(text):
        yield from _loop(part, loop["loop"], known)
    elif _WORD.fullmatch(text) and text not in known.names:
        near = nearest(text, known.names)
        fix = f"Write {{{{ {near} }}}}." if near else "Declare it among the parameters or constants."
        yield part.mistake(f"{{{{ {text} }}}} is not a parameter or constant of the document", fix, certain=False)


def _chain(part: YamlNode, found: Mapping[str, str], known: ReferableNames) -> Iterator[Mistake]:
    phase, step = found["phase"], found["step"]
    shown = f"{{{{ {phase}.{step}.{found['side']}... }}}}"
    if (phase, step) not in known.steps:
        names = [f"{one}.{two}" for one, two in sorted(known.steps)]
        near = nearest(f"{phase}.{step}", names)
        fix = f"Write {near}." if near else f"Steps of the document: {', '.join(names) or 'none'}."
        yield part.mistake(f"{shown} names no step of the document", fix)
    elif (phase, step) not in known.done:
        yield part.mistake(f"{shown} names a step that does not run before this one", f"Move {step} before it.")
    elif found["side"] == "outputs":
        yield from _output(part, found["name"], known.done[phase, step])


def _output(part: YamlNode, name: str, action: DocumentAction | None) -> Iterator[Mistake]:
    if action is None or ANY in action.outputs or name in action.outputs:
        return
    gives = f"it gives {', '.join(action.outputs)}" if action.outputs else "it gives none"
    yield part.mistake(f"{action.name} has no output {name}; {gives}", "Refer to its inputs, or to another step.")


def _loop(part: YamlNode, name: str, known: ReferableNames) -> Iterator[Mistake]:
    if name not in known.loop:
        text = f"{{{{ {name}.* }}}} is not replaced: this step has no loop of that name"
        yield part.mistake(text, "Add the loop to this step; loops of other steps can't be read.", certain=False)
