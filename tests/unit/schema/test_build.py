"""The build's own judgement: its gates and its report."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from cloudwright.schema.catalog import Catalog

if TYPE_CHECKING:
    from types import ModuleType

TOOLS = Path(__file__).parents[3] / "tools" / "schemas"


def tool(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(f"schemas_{name}", TOOLS / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def types() -> dict[str, dict[str, Any]]:
    catalog = Catalog.bundled()
    return {name: dict(catalog.get(name).schema) for name in catalog.names()}


def test_the_bundled_types_pass_their_own_gates(types: dict[str, dict[str, Any]]) -> None:
    assert tool("gates").failures(types) == []


def test_a_lost_handler_a_new_broken_pointer_and_a_bad_pattern_stop_the_build(
    types: dict[str, dict[str, Any]],
) -> None:
    image = types["AWS::ImageBuilder::Image"]
    broken = {
        **image,
        "handlers": {key: value for key, value in image["handlers"].items() if key != "list"},
        "createOnlyProperties": ["/properties/Ghost"],
        "properties": {**image["properties"], "Odd": {"type": "string", "pattern": "(unclosed"}},
    }

    assert tool("gates").failures({**types, "AWS::ImageBuilder::Image": broken}) == [
        "AWS::ImageBuilder::Image lacks the handlers list",
        "new pointer to nothing: AWS::ImageBuilder::Image createOnlyProperties /properties/Ghost",
        "no engine compiles: (unclosed",
    ]


def test_a_build_that_lost_types_is_stopped() -> None:
    assert "0 types, at least 1880 expected" in tool("gates").failures({})


def test_patterns_are_classified_by_the_engine_that_compiles_them() -> None:
    properties = {
        "A": {"pattern": "^a$"},
        "B": {"items": {"pattern": r"^\p{L}+$"}},
        "C": {"patternProperties": {"(": {}}},
    }

    assert tool("gates").classify({"T": {"properties": properties}}) == {"^a$": "re", r"^\p{L}+$": "regex", "(": "none"}


def test_the_report_names_what_breaks_users() -> None:
    before = {
        "A::B::Gone": {},
        "A::B::Kept": {"primaryIdentifier": ["/properties/Id"], "createOnlyProperties": ["/properties/X"]},
    }
    after = {
        "A::B::New": {},
        "A::B::Kept": {
            "primaryIdentifier": ["/properties/Arn"],
            "createOnlyProperties": ["/properties/X", "/properties/Y"],
            "handlers": {"update": {}},
        },
    }

    assert tool("report").compare(before, after).split("\n") == [
        "Types added: 1",
        "  A::B::New",
        "",
        "Types removed (breaking): 1",
        "  A::B::Gone",
        "",
        "Identifiers and create-only properties changed (breaking): 2",
        "  A::B::Kept identifier: +/properties/Arn -/properties/Id",
        "  A::B::Kept create-only: +/properties/Y",
        "",
        "Handlers changed: 1",
        "  A::B::Kept: +update",
        "",
    ]


def test_the_order_of_create_only_properties_is_not_reported_and_that_of_identifiers_is() -> None:
    one = {"T": {"primaryIdentifier": ["/a", "/b"], "createOnlyProperties": ["/a", "/b"]}}
    two = {"T": {"primaryIdentifier": ["/b", "/a"], "createOnlyProperties": ["/b", "/a"]}}

    report = tool("report").compare(one, two)

    assert "T identifier: reordered" in report
    assert "create-only: " not in report
