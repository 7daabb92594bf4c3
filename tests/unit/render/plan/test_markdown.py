from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from markdown_it import MarkdownIt

from cloudwright.plan.model import Action, Change
from cloudwright.render.plan.markdown import LONGEST, plan_markdown
from render_samples import configuration, every_kind, plan, step

if TYPE_CHECKING:
    from collections.abc import Iterator

    from markdown_it.token import Token

HOSTILE = [
    "```\n<script>alert(1)</script>",
    "````` @everyone",
    "a | b",
    "`",
    "</details><img src=x>",
    "[link](http://example.com) **bold**",
]


def tokens(text: str) -> Iterator[Token]:
    """Every token of a text as GitHub's renderer sees it."""
    for token in MarkdownIt("gfm-like", {"linkify": False}).parse(text):
        yield token
        yield from token.children or ()


def contents(text: str, *kinds: str) -> list[str]:
    return [token.content for token in tokens(text) if token.type in kinds]


def test_what_cannot_be_taken_back_comes_first() -> None:
    text = plan_markdown(plan(step("new", Action.CREATE), step("old", Action.DELETE), step("same", Action.NONE)))

    rows = [line for line in text.splitlines() if line.startswith("| ")]
    assert rows[1].startswith("| **- delete** | `old` |")
    assert rows[2].startswith("| + create | `new` |")
    assert 3 == len(rows)


def test_the_whole_plan_is_folded_with_its_signs_in_the_first_column() -> None:
    text = plan_markdown(every_kind())
    (fence,) = (token for token in tokens(text) if token.type == "fence")

    assert "diff" == fence.info
    assert {"+", "-", "!"} <= {line[:1] for line in fence.content.splitlines()}
    assert "<details><summary>The whole plan</summary>" in text.splitlines()
    assert text.endswith("</details>\n")


def test_an_empty_plan_needs_no_table() -> None:
    text = plan_markdown(plan(step("same", Action.NONE)))

    assert "0 changes, 1 unchanged" in text
    assert "|" not in text


@pytest.mark.parametrize("evil", HOSTILE)
def test_nothing_from_outside_is_markup(evil: str) -> None:
    change = Change("/Description", "replace", "before", evil)
    text = plan_markdown(plan(step(evil, Action.UPDATE, change, type=evil), notes=(evil,)))

    assert ["<details><summary>The whole plan</summary>\n", "</details>\n"] == contents(text, "html_block")
    assert [] == contents(text, "html_inline", "link_open", "strong_open", "image")
    assert 1 == len(contents(text, "fence"))
    spans = contents(text, "code_inline")
    assert 3 == len(spans)
    assert all("@everyone" not in plain for plain in contents(text, "text"))


@pytest.mark.parametrize("number", [1, 30, 3_000])
def test_it_fits_into_one_comment(number: int) -> None:
    long: dict[str, Any] = configuration("x" * 2_000)
    text = plan_markdown(plan(*(step(f"s{at}", Action.CREATE, desired=long) for at in range(number))))

    assert len(text) <= LONGEST
    assert text.endswith("```\n\n</details>\n")
    assert ("more lines; `cloudwright plan FILE` shows them" in text) == (number == 3_000)
