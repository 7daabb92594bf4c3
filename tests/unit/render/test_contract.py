"""The `--json` contract is in one place: its dataclasses, what is generated from them, and nothing else."""

from __future__ import annotations

import ast
from pathlib import Path

import jsonschema_rs
import pytest

from cloudwright.render.contract.index import LINES
from cloudwright.render.contract.line import Line
from cloudwright.render.contract.run import TargetPart
from cloudwright.render.contract.store import CopiedLine, DifferenceLine, RecordLine
from cloudwright.state.records import RecordStatus
from pages import contract
from pages.tables import SCHEMA

SOURCE = Path(__file__).parents[3] / "src" / "cloudwright"


def test_the_committed_schema_is_current() -> None:
    assert SCHEMA.read_text("utf-8") == contract.schema(), "run `make tables`"


def test_the_schema_is_a_valid_one() -> None:
    jsonschema_rs.meta.validate(contract.document())


def descendants(of: type[Line]) -> set[type[Line]]:
    return {kind for child in of.__subclasses__() for kind in (child, *descendants(child)) if "type" in vars(kind)}


def test_the_index_has_every_line_once() -> None:
    assert {line.__qualname__ for line in LINES} == {line.__qualname__ for line in descendants(Line)}
    assert len({line.type for line in LINES}) == len(LINES)


def written_by_hand(tree: ast.AST) -> list[int]:
    """Where dict literals have a constant `type`, as a line of the contract would."""
    return [
        node.lineno
        for node in ast.walk(tree)
        if isinstance(node, ast.Dict)
        for key, value in zip(node.keys, node.values, strict=True)
        if isinstance(key, ast.Constant) and key.value == "type" and isinstance(value, ast.Constant)
    ]


@pytest.mark.parametrize("folder", ["cli", "render", "fleet", "app"])
def test_no_line_is_written_by_hand(folder: str) -> None:
    files = {path: ast.parse(path.read_text("utf-8")) for path in (SOURCE / folder).rglob("*.py")}

    assert files
    assert not {f"{path}:{line}" for path, tree in files.items() for line in written_by_hand(tree)}


def test_a_line_written_by_hand_would_be_found() -> None:
    assert written_by_hand(ast.parse('x = {"a": 1}\ny = {"type": "saved", "path": out}')) == [2]


def test_parts_and_lines_inside_of_a_line_become_objects() -> None:
    target = TargetPart(account="1", region="r", partition="aws")
    record = RecordLine(
        key="k",
        generation=1,
        current=True,
        resource="T",
        identifier="i",
        status=RecordStatus.LIVE,
        target=target,
        depends_on=("a",),
        declared={"P": 1},
        observed={},
        dirty=(),
        protect=False,
        retain=False,
        created_at=0.0,
        updated_at=0.0,
        note="",
        claim="",
    )
    line = DifferenceLine(key="k", generation=1, kind="added", before=None, after=record).as_object()

    assert line["after"]["type"] == "record"
    assert line["after"]["target"] == {"account": "1", "region": "r", "partition": "aws"}
    assert line["after"]["depends_on"] == ["a"]
    jsonschema_rs.validate(contract.document(), line)


def test_a_member_may_be_named_as_a_keyword_of_python() -> None:
    line = CopiedLine(from_="a", to="b", serial=1).as_object()

    assert line == {"type": "copied", "from": "a", "to": "b", "serial": 1}
