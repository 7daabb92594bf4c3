"""The table of what `cloudwright convert` makes of each construct of a template, with examples from the converter."""

from __future__ import annotations

import ast
import itertools
import tempfile
import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cloudwright.app.convert import ConvertRequest, convert_template

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from cloudwright.convert.cloudformation.program import Converted
    from cloudwright.convert.problem import Remark

DATA = Path(__file__).with_name("constructs.toml")
OPEN, CLOSE = "«", "»"
"""Around the part of a template that a row shows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Construct:
    """A row of the table.

    Attributes:
        name: What the reader looks for, as Markdown.
        becomes: What becomes of it, as Markdown.
        template: The template of the example, in YAML, with marks around what the row shows.
        shows: How the parts of the program that the row shows begin.
        covers: The names of the language that the row explains.
        tags: The stack's tags.
        files: Name -> text of the files next to the template.
    """

    name: str
    becomes: str
    template: str
    shows: tuple[str, ...]
    covers: tuple[str, ...]
    tags: Mapping[str, str] = field(default_factory=dict)
    files: Mapping[str, str] = field(default_factory=dict)


def groups() -> dict[str, list[Construct]]:
    """The rows of the data file, by the heading that they stand under."""
    found = tomllib.loads(DATA.read_text("utf-8"))["group"]
    return {group["title"]: [_construct(row) for row in group["construct"]] for group in found}


def _construct(row: dict[str, Any]) -> Construct:
    return Construct(**{**row, "shows": tuple(row["shows"]), "covers": tuple(row["covers"])})


def table() -> str:
    """The rows as Markdown, one table under each heading."""
    return "\n".join(f"### {title}\n\n{_table(rows)}" for title, rows in groups().items())


def _table(rows: list[Construct]) -> str:
    return "| in the template | in the program |\n|---|---|\n" + "".join(map(_row, rows))


def _row(row: Construct) -> str:
    before = "<br>".join([row.name, *map(_code, fragments(row.template))])
    after = "<br>".join([row.becomes, *map(_code, parts(converted(row), row.shows))])
    return f"| {before} | {after} |\n"


def _code(text: str) -> str:
    marks = "``" if "`" in text else "`"
    return f"{marks}{text}{marks}".replace("|", "\\|")


def fragments(template: str) -> list[str]:
    """What a row shows of its template, each part on one line.

    Args:
        template: With marks around what is shown.
    """
    return [" ".join(one.partition(CLOSE)[0].split()) for one in template.split(OPEN)[1:]]


def converted(row: Construct) -> Converted:
    """What the converter makes of a row's template.

    Args:
        row: The row.
    """
    with tempfile.TemporaryDirectory() as folder:
        for name, text in row.files.items():
            Path(folder, name).write_text(text, "utf-8")
        path = Path(folder, "web.yaml")
        path.write_text(row.template.replace(OPEN, "").replace(CLOSE, ""), "utf-8")
        return convert_template(ConvertRequest(source=path, app="web", values={}, tags=row.tags))


def parts(found: Converted, shows: tuple[str, ...]) -> list[str]:
    """The parts of a program, and of what `convert` prints, that begin so; each on one line.

    Args:
        found: The program.
        shows: The beginnings.

    Raises:
        ValueError: No part begins so.
    """
    every = [*_parts(found.source), *map(_printed, found.remarks)]
    chosen: list[str] = []
    for beginning in shows:
        part = next((one for one in every if one.startswith(beginning)), None)
        if part is None:
            raise ValueError(f"nothing begins with {beginning!r}:\n{found.source}\n{list(map(str, found.remarks))}")
        chosen.append(part)
    return chosen


def _printed(remark: Remark) -> str:
    return f"{'undecided' if remark.blocks else 'note'}: {remark}"


def _parts(source: str) -> Iterator[str]:
    """Statements, arguments, comments and heads of functions, as they stand in the program; last, its lines."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.AsyncFunctionDef | ast.ClassDef):
            yield _head(source, node)
        elif isinstance(node, ast.stmt | ast.keyword):
            yield _on_one_line(ast.get_source_segment(source, node) or "")
    lines = [line.strip() for line in source.splitlines()]
    for is_comment, rows in itertools.groupby(lines, lambda line: line.startswith("#")):
        run = list(rows)
        yield from ["# " + " ".join(row.removeprefix("# ") for row in run)] if is_comment else run


def _head(source: str, node: ast.AsyncFunctionDef | ast.ClassDef) -> str:
    lines = source.splitlines()[node.lineno - 1 : node.body[0].lineno - 1]
    decorators = [f"@{ast.unparse(one)}" for one in node.decorator_list]
    return " ".join([*decorators, _on_one_line("\n".join(lines))])


def _on_one_line(code: str) -> str:
    """Code without its line breaks: those within brackets mean nothing."""
    rows = [one.strip() for one in code.splitlines()]
    text = " ".join(row for row in rows if row)
    for bracket in "([{":
        text = text.replace(f"{bracket} ", bracket)
    for bracket in ")]}":
        text = text.replace(f", {bracket}", bracket).replace(f" {bracket}", bracket)
    return text
