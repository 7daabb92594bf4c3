from __future__ import annotations

import ast
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cloudwright.generate.live import JsonText, Link
from cloudwright.generate.source import WIDTH, call, comment, source, text

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=90),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=20), inner, max_size=4),
    max_leaves=12,
)


def named(position: int) -> str:
    return f"r{position}"


@given(JSON)
def test_every_json_value_reads_back_as_itself(value: Any) -> None:
    assert value == ast.literal_eval(source(value, named, 8, 10))


@given(st.text())
def test_every_text_reads_back_and_is_printable(value: str) -> None:
    written = text(value)

    assert value == ast.literal_eval(written)
    assert written.isprintable()


@pytest.mark.parametrize(
    ("value", "written"),
    [
        ("plain", '"plain"'),
        ('say "hi"', "'say \"hi\"'"),
        ("it's", '"it\'s"'),
        ("both ' and \"", '"both \' and \\""'),
        ("a\nb", '"a\\nb"'),
        ("back\\slash", '"back\\\\slash"'),
    ],
)
def test_quotes_are_those_that_need_the_fewest_escapes(value: str, written: str) -> None:
    assert written == text(value)


def test_links_are_names_attributes_and_texts() -> None:
    value = [Link(0), Link(1, "Arn"), Link(1, "Arn", after="/{*}"), Link(2, before="x-", after="-y")]

    assert '[r0, r1.Arn, f"{r1.Arn}/{{*}}", f"x-{r2}-y"]' == source(value, named, 0, 0)


def test_json_that_goes_as_text_is_dumped() -> None:
    assert 'json.dumps({"a": r3.Arn})' == source(JsonText({"a": Link(3, "Arn")}), named, 0, 0)
    long = source(JsonText({"key": ["x" * 40, "y" * 40]}), named, 4, 0)
    assert long.startswith("json.dumps(\n        {\n")
    assert {"key": ["x" * 40, "y" * 40]} == json.loads(eval(long, {"json": json}))


def test_a_long_text_is_cut_after_blanks_and_line_breaks() -> None:
    value = "one two three four five six seven eight nine ten\n" * 4
    written = source(value, named, 4, 0)

    assert value == ast.literal_eval(written)
    assert max(map(len, written.splitlines())) <= WIDTH


def test_a_call_stays_on_one_line_where_it_fits() -> None:
    assert ['    x = A.B("k", Name="n")'] == call("A.B", [("", '"k"'), ("Name", '"n"')], 4, head="x = ")
    wide = [(f"Name{number}", '"value"') for number in range(9)]
    lines = call("A.B", wide, 4)
    assert ["    A.B(", '        Name0="value",'] == lines[:2]
    assert "    )" == lines[-1]


def test_comments_are_broken_into_lines() -> None:
    lines = comment("word " * 40, 8)

    assert len(lines) > 2
    assert all(line.startswith("        # ") and len(line) <= WIDTH for line in lines)
