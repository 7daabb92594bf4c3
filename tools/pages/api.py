"""The reference of the Python API, from signatures and docstrings."""

from __future__ import annotations

import inspect
import json
from collections.abc import Mapping
from importlib import import_module
from typing import TYPE_CHECKING, Any, NamedTuple

from pages.docstrings import rendered
from pages.markdown import fenced, page

if TYPE_CHECKING:
    from collections.abc import Iterator

WIDTH = 88
"""Of a line of code, in characters, before it is folded."""


class Chapter(NamedTuple):
    """Names that belong together.

    Attributes:
        title: The heading.
        module: Where they are imported from.
        names: What is described, in this order.
    """

    title: str
    module: str
    names: tuple[str, ...]


CHAPTERS = (
    Chapter("The language", "cloudwright", ("App", "Resource", "component", "scope", "target", "outputs")),
    Chapter("Actions", "cloudwright", ("action", "ActionContext")),
    Chapter("Facts and files", "cloudwright", ("lookup", "asset")),
    Chapter("Options of a resource", "cloudwright.program.declaration", ("Options",)),
    Chapter("Secrets", "cloudwright", ("secret", "Secret")),
    Chapter("Plans", "cloudwright.plan.model", ("Plan", "Step", "Change", "Finding", "Declared")),
    Chapter("Switches", "cloudwright.plan.options", ("PlanOptions",)),
    Chapter("Results", "cloudwright.engine.outcome", ("Result", "Outcome")),
    Chapter("Your own rules", "cloudwright.plan.findings", ("finding", "of_type", "is_unknown")),
    Chapter("Drift", "cloudwright.plan.drift", ("DriftReport", "ResourceDrift", "PathDrift")),
    Chapter("Tests", "cloudwright.testing", ("AppRunner", "DeployFailed", "ServedCloud")),
    Chapter("Image distribution", "cloudwright.imagebuilder.compose", ("distribution",)),
)
"""What the API page describes. Every name of `cloudwright.__all__` is in it or in the tree of errors."""


def api_page() -> str:
    """The page of the Python API."""
    lines = ["Each section begins with the import of its names.", ""]
    for chapter in CHAPTERS:
        lines += [f"## {chapter.title}", "", *fenced(_import(chapter), "python")]
        module = import_module(chapter.module)
        for name in chapter.names:
            lines.extend(_entry(name, getattr(module, name)))
    lines += ["## Errors", "", "Each error says what is wrong, where, and how to fix it.", "", *_errors()]
    return page("Python API", lines)


def signature(name: str, found: Any) -> str:
    """A function or class as its definition begins, one parameter a line where it is long.

    Args:
        name: What to call it.
        found: The function or class.
    """
    whole = inspect.signature(found)
    texts = _parameters(whole)
    awaited = inspect.iscoroutinefunction(inspect.unwrap(found))
    word = "class" if inspect.isclass(found) else "async def" if awaited else "def"
    gives = f" -> {whole.return_annotation}" if word != "class" and whole.return_annotation is not whole.empty else ""
    line = f"{word} {name}({', '.join(texts)}){gives}"
    if len(line) <= WIDTH:
        return line
    return "\n".join([f"{word} {name}(", *(f"    {text}," for text in texts), f"){gives}"])


def _parameters(whole: inspect.Signature) -> list[str]:
    texts: list[str] = []
    for each in whole.parameters.values():
        if each.kind is each.KEYWORD_ONLY and not any(text.startswith("*") for text in texts):
            texts.append("*")
        if each.name not in {"self", "cls"}:
            texts.append(_parameter(each))
    return texts


def _parameter(each: inspect.Parameter) -> str:
    stars = "*" if each.kind is each.VAR_POSITIONAL else "**" if each.kind is each.VAR_KEYWORD else ""
    annotation = "" if each.annotation is each.empty else f": {each.annotation}"
    return f"{stars}{each.name}{annotation}{_default(each.default)}"


def _default(value: object) -> str:
    if value is inspect.Parameter.empty:
        return ""
    if isinstance(value, str):
        return f" = {json.dumps(value)}"
    shown = repr(dict(value)) if isinstance(value, Mapping) else repr(value)
    return " = ..." if shown.startswith("<") else f" = {shown}"


def _import(chapter: Chapter) -> str:
    return f"from {chapter.module} import {', '.join(chapter.names)}"


def _entry(name: str, found: Any) -> Iterator[str]:
    yield from (f"### {name}", "", *fenced(signature(name, found), "python"))
    yield from rendered(inspect.getdoc(found) or "")
    if inspect.isclass(found):
        yield from rendered(_without_first(inspect.getdoc(found.__init__)) if "__init__" in vars(found) else "")
        for member, function in _members(found):
            yield from (f"#### {name}.{member}", "", *_member_signature(member, function))
            yield from rendered(inspect.getdoc(function) or "")


def _member_signature(member: str, found: Any) -> Iterator[str]:
    if not isinstance(found, property):
        yield from fenced(signature(member, found), "python")


def _without_first(docstring: str | None) -> str:
    """The sections of a constructor; its sentence says what the class already says."""
    return (docstring or "").partition("\n\n")[2]


def _members(found: type) -> Iterator[tuple[str, Any]]:
    """The public members of a class, with those of bases in its own package that have no entry of their own."""
    package = found.__module__.rpartition(".")[0]
    entries = {name for chapter in CHAPTERS for name in chapter.names}
    bases = [b for b in found.__mro__[1:] if b.__module__.startswith(f"{package}.") and b.__name__ not in entries]
    members = {name: member for base in [*reversed(bases), found] for name, member in vars(base).items()}
    for name, member in members.items():
        described = inspect.isfunction(member) or isinstance(member, (property, classmethod))
        if described and not name.startswith("_"):
            yield name, member.__func__ if isinstance(member, classmethod) else member


def _errors() -> Iterator[str]:
    from cloudwright.errors import CloudwrightError

    yield from _error(CloudwrightError, 0)
    yield ""


def _error(found: type[BaseException], depth: int) -> Iterator[str]:
    first = (inspect.getdoc(found) or "").partition("\n\n")[0]
    yield f"{'    ' * depth}- `{found.__name__}`: {''.join(rendered(' '.join(first.split())))}"
    for inner in found.__subclasses__():
        yield from _error(inner, depth + 1)
