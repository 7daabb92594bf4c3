"""The pages that are made from the code."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

import cloudwright
from cloudwright.cli.root import COMMANDS
from cloudwright.imagebuilder.rules import RULES
from cloudwright.schema.catalog import Catalog
from pages import api, commands, docstrings, markdown
from pages.build import generate
from pages.resource_types import places, type_page
from pages.rule_table import rules_page
from pages_shell import check

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

DISTRIBUTION = "AWS::ImageBuilder::DistributionConfiguration"


def lines_of_help() -> Iterator[str]:
    for each in commands.commands():
        yield from commands.examples(each)


def test_markup_in_a_text_is_shown_as_text() -> None:
    assert "a &#124; &#42;b&#42; &lt;i&gt; &#91;c&#93;" == markdown.plain("a | *b*\n<i> [c]")


def test_a_table_without_rows_is_nothing() -> None:
    assert [] == list(markdown.table(["a"], []))


def test_a_docstring_is_taken_apart() -> None:
    text = "What it is.\n\nArgs:\n    name: Of it,\n        in `two` lines.\n    other: Too.\n\nReturns:\n    A number."

    found = docstrings.parts(text)

    assert ("What it is.", "A number.") == (found.text, found.sections["Returns"])
    assert {"name": "Of it, in `two` lines.", "other": "Too."} == docstrings.items(found.sections["Args"])


def test_code_in_a_docstring_stays_code() -> None:
    assert "Such as <code>a&#95;b</code>, or c&#95;d." == docstrings.prose("Such as `a_b`,\nor c_d.")


def test_a_literal_block_of_a_docstring_is_a_block_of_code() -> None:
    assert ["A.", "", "```python", "f(\n    x,\n)", "```", ""] == list(
        docstrings.rendered("A.\n\n::\n\n    f(\n        x,\n    )")
    )


def test_a_long_signature_is_folded() -> None:
    def short(a: int, *, b: str = "x") -> None: ...

    def long(argument: int, *others: str, keyword_of_some_length: str = "", another_keyword: int = 1) -> None: ...

    assert 'def short(a: int, *, b: str = "x") -> None' == api.signature("short", short)
    assert ["def long(", "    argument: int,", "    *others: str,"] == api.signature("long", long).splitlines()[:3]


def test_every_public_name_is_described() -> None:
    chapters = {name for chapter in api.CHAPTERS if chapter.module == "cloudwright" for name in chapter.names}

    assert set(cloudwright.__all__) == chapters | {"CloudwrightError"}


def test_every_command_has_an_example_and_every_example_can_be_typed() -> None:
    shown = {each.name.split()[0]: commands.examples(each) for each in commands.commands() if commands.examples(each)}

    assert set(COMMANDS) == set(shown)
    for line in lines_of_help():
        check(line)


def test_every_property_of_a_type_has_a_place() -> None:
    found = {".".join(place.path): place.required for place in places(Catalog.bundled().get(DISTRIBUTION))}

    assert found["Distributions.*.AmiDistributionConfiguration.LaunchPermissionConfiguration.UserIds"] is False
    assert found["Distributions.*.Region"] is True


def test_every_object_of_a_type_has_a_table_that_its_property_leads_to() -> None:
    page = type_page(Catalog.bundled().get(DISTRIBUTION), ())
    _, heading, below = page.partition("### Distributions[].SsmParameterConfigurations[]\n")

    assert heading
    assert "| <code>ParameterName</code> | string | **required**" in below
    assert "[list of SsmParameterConfiguration](#distributionsssmparameterconfigurations)" in page


def test_a_type_that_refers_to_itself_has_an_end() -> None:
    assert list(places(Catalog.bundled().get("AWS::WAFv2::RuleGroup")))


def test_a_type_that_wants_one_of_two_properties_says_so() -> None:
    page = type_page(Catalog.bundled().get("AWS::ImageBuilder::ImagePipeline"), ())

    assert "| one of | <code>Name</code> and <code>ContainerRecipeArn</code>" in page


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_a_rule_is_shown_with_what_it_says(rule: object) -> None:
    page = rules_page([rule])  # type: ignore[list-item]

    assert "| it says | " in page
    assert "| the fix | " in page
    assert "| it says |  |" not in page


def test_pages_of_types_that_are_gone_are_removed(tmp_path: Path) -> None:
    former = tmp_path / "Former.md"
    former.write_text("# Former")

    written = generate(tmp_path)

    assert not former.exists()
    assert 9 == sum("\n\n`AWS::ImageBuilder" in path.read_text("utf-8") for path in written)
    assert {"api.md", "commands.md", "rules.md", "golden-images.svg"} <= {path.name for path in written}
