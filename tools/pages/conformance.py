"""The conformance table of the local cloud, from the names and docstrings of its tests."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

_WORDS = {
    "recorded": "recorded answer of AWS",
    "model": "service model",
    "documented": "documentation",
    "": "documentation",
}

_SPELT = {"services": "service's", "frameworks": "framework's", "json": "JSON", "firsts": "first's"}
"""Words that a function's name can't spell."""


class Rule(NamedTuple):
    """One rule: the operations it holds for, what it says, and where that comes from."""

    part: str
    text: str
    source: str


def rules(module: str) -> Iterator[Rule]:
    """The rules that a module of tests holds the cloud to.

    Args:
        module: The source text; comments of a line of their own at the margin begin a part.
    """
    parts = [(at, line[2:].strip()) for at, line in enumerate(module.splitlines(), 1) if line.startswith("# ")]
    for node in ast.parse(module).body:
        if isinstance(node, ast.AsyncFunctionDef) and node.name.startswith("test_"):
            part = [name for at, name in parts if at < node.lineno][-1]
            yield Rule(part, sentence(node.name), _source(ast.get_docstring(node) or ""))


def table(module: str) -> str:
    """The rules as a Markdown table.

    Args:
        module: As for `rules`.
    """
    rows = [f"| {rule.part} | {rule.text} | {rule.source} |" for rule in rules(module)]
    return "\n".join(["| operation | rule | source |", "|---|---|---|", *rows]) + "\n"


def sentence(name: str) -> str:
    """The name of a test as a sentence.

    Args:
        name: Such as `test_a_key_is_kept`.
    """
    words = name.removeprefix("test_").split("_")
    text = " ".join(_SPELT.get(word, word) for word in words)
    return text[0].upper() + text[1:] + "."


def _source(docstring: str) -> str:
    text = re.sub(r"^\d(\.\d)?[,:.]?\s*", "", docstring.rstrip("."))
    return re.sub(r"^\w*", lambda match: _WORDS.get(match.group(), match.group()), text)
