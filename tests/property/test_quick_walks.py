"""Walks over documents that skip scalars, or parts that can't matter, find what the plain walk finds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cloudwright.diff.tags import with_default_tags
from cloudwright.imagebuilder.property_node import PropertyNode
from cloudwright.plan.asset_places import assets_in
from cloudwright.plan.findings import is_unknown
from cloudwright.program.asset import asset
from cloudwright.program.asset_content import Asset
from cloudwright.program.document import is_unknown_marker, outlines, references
from cloudwright.program.reference import Ref, Text
from cloudwright.schema.catalog import Catalog
from cloudwright.schema.pointer import WILDCARD, PointerSet, format_pointer
from cloudwright.secret import is_secret_marker

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cloudwright.schema.pointer import Path

NAMES = st.sampled_from(["A", "B", "a/b", "~", "0", "$unknown", "$secret"])
SCALARS = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False), st.sampled_from(["", "x"]))
REF = Ref("topic", ("Arn",))


def documents(leaves: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.recursive(
        leaves, lambda inside: st.lists(inside, max_size=3) | st.dictionaries(NAMES, inside, max_size=3), max_leaves=15
    )


def places(document: object, path: Path = ()) -> Iterator[tuple[Path, object]]:
    """Every value with its path, the plain way."""
    yield path, document
    inside = document.items() if isinstance(document, dict) else enumerate(document) if type(document) is list else ()
    for name, value in inside:
        yield from places(value, (*path, str(name)))


@given(documents(SCALARS), st.lists(st.lists(NAMES | st.just(WILDCARD), max_size=4).map(tuple), max_size=4))
def test_a_pattern_expands_to_every_path_that_matches(document: Any, patterns: list[Path]) -> None:
    pointers = PointerSet(patterns)

    assert list(pointers.expand(document)) == [path for path, _ in places(document) if pointers.matches(path)]


@given(documents(SCALARS))
def test_a_node_forms_the_pointer_of_each_value(document: Any) -> None:
    nodes = list(PropertyNode(document).walk())
    hidden = [path for path, value in places(document) if is_unknown_marker(value) or is_secret_marker(value)]
    visible = [(path, value) for path, value in places(document) if not _below(path, hidden)]

    assert [(node.path, node.value) for node in nodes] == [(format_pointer(path), value) for path, value in visible]


@given(documents(SCALARS))
def test_what_a_rule_cannot_read_is_a_marker(document: Any) -> None:
    assert is_unknown(document) == (is_unknown_marker(document) or is_secret_marker(document))


@given(documents(SCALARS | st.just(REF) | st.just(Text(("x", REF)))))
def test_a_document_without_references_has_no_outlines(document: Any) -> None:
    assert list(references(document)) or not list(outlines(document))


def test_every_asset_is_found(tmp_path_factory: pytest.TempPathFactory) -> None:
    file = tmp_path_factory.mktemp("assets") / "file"
    file.write_text("x")
    one = asset(file)

    @given(documents(SCALARS | st.just(one)))
    def found(document: Any) -> None:
        wanted = [(path, value) for path, value in places(document) if isinstance(value, Asset)]
        assert list(assets_in(document)) == wanted

    found()


@pytest.mark.parametrize("before", [None, {}, {"Name": "x"}])
@pytest.mark.parametrize("name", Catalog.bundled().names()[::40])
def test_without_defaults_a_new_document_stays_as_it_is(name: str, before: dict[str, Any] | None) -> None:
    assert with_default_tags(Catalog.bundled().get(name), {"Name": "x"}, {}, before) == {"Name": "x"}


def _below(path: Path, hidden: list[Path]) -> bool:
    return any(path[: len(place)] == place and path != place for place in hidden)
