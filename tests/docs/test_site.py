"""The pages hang together: each is reached from the navigation, and each link leads somewhere."""

from __future__ import annotations

import re
import tomllib
from functools import cache
from typing import TYPE_CHECKING, Any

import pytest
from markdown.extensions.toc import slugify  # type: ignore[import-untyped]

from pages.build import texts
from pages.markdown_pages import write
from pages.pictures import NAMES
from pages_kit import DOCS, ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

WRITTEN = {page.name: page.read_text("utf-8") for page in DOCS.glob("*.md")}
PICTURES = {f"images/{name}" for name in NAMES}

_FENCED = re.compile(r"^ *```.*?^ *```$", re.MULTILINE | re.DOTALL)
_LINK = re.compile(r"\]\((?!https?:|<)([^)\s]+)\)")
_HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)


@cache
def made() -> dict[str, str]:
    """The pages and pictures of the reference: to make them takes seconds, which no collection has to wait for."""
    return {f"reference/{name}": text for name, text in texts()}


@cache
def pages() -> dict[str, str]:
    return WRITTEN | {name: text for name, text in made().items() if name.endswith(".md")}


def targets(nav: Any) -> Iterator[str]:
    if isinstance(nav, str):
        yield nav
        return
    for entry in nav:
        for value in entry.values():
            yield from targets(value)


def prose(text: str) -> str:
    return _FENCED.sub("", text)


def anchors(text: str) -> set[str]:
    return {slugify(heading.replace("`", ""), "-") for heading in _HEADING.findall(prose(text))}


def links(name: str) -> Iterator[tuple[str, str]]:
    """The page or file that each link of a page leads to, from `docs`, and the anchor in it."""
    folder = (DOCS / name).parent
    for link in _LINK.findall(prose(pages()[name])):
        path, _, anchor = link.partition("#")
        found = (folder / path).resolve() if path else DOCS / name
        yield found.relative_to(DOCS).as_posix(), anchor


def test_every_page_stands_in_the_navigation_once() -> None:
    nav = tomllib.loads((ROOT / "zensical.toml").read_text("utf-8"))["project"]["nav"]

    assert sorted(pages()) == sorted(targets(nav)), "see nav in zensical.toml"


@pytest.mark.parametrize("name", sorted(WRITTEN))
def test_every_link_leads_somewhere(name: str) -> None:
    check_links(name)


def test_every_link_of_the_reference_leads_somewhere() -> None:
    for name in pages().keys() - WRITTEN.keys():
        check_links(name)


def check_links(name: str) -> None:
    for page, anchor in links(name):
        assert page in pages() or page in made() or page in PICTURES or (DOCS / page).is_file(), (
            f"{name} links to {page}"
        )
        # Of a picture the anchor names the scheme that it is shown in.
        assert not anchor or page in PICTURES or anchor in anchors(pages()[page]), f"{name} links to {page}#{anchor}"


@pytest.mark.parametrize("name", ["README.md", "ARCHITECTURE.md", "CONTRIBUTING.md"])
def test_every_link_of_the_repositorys_own_pages_leads_somewhere(name: str) -> None:
    for link in _LINK.findall(prose((ROOT / name).read_text("utf-8"))):
        assert (ROOT / link.partition("#")[0]).exists(), f"{name} links to {link}"


def test_a_guide_begins_with_what_the_reader_has_at_the_end() -> None:
    nav = tomllib.loads((ROOT / "zensical.toml").read_text("utf-8"))["project"]["nav"]
    guides = [*targets(next(entry["Guides"] for entry in nav if "Guides" in entry)), "tutorial.md"]

    for name in guides:
        heading, first, *_ = pages()[name].split("\n\n")
        assert heading.startswith("# "), name
        assert first.startswith("At the end of this page "), name


def test_llms_txt_lists_every_page_with_a_sentence(tmp_path: Path) -> None:
    config = tomllib.loads((ROOT / "zensical.toml").read_text("utf-8"))["project"]
    docs, site = tmp_path / "docs", tmp_path / "site"
    for name, text in pages().items():
        for folder in (docs, site):
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (docs / name).write_text(text, "utf-8")

    written = {path.relative_to(site).as_posix() for path in write(docs, site, config)}

    assert written == {*pages(), "llms.txt"}
    index = (site / "llms.txt").read_text("utf-8")
    listed = re.findall(r"^- \[.+\]\((.+?)\)(: .+)?$", index, re.MULTILINE)
    assert sorted(path for path, _ in listed) == sorted(pages())
    assert [path for path, reported in listed if not reported] == []
    assert (site / "tutorial.md").read_text("utf-8") == pages()["tutorial.md"]
    start = (site / "index.md").read_text("utf-8")
    assert start.startswith("# AWS infrastructure as plain Python\n")
    assert ".md-button" not in start
    assert "{{ imagebuilder:buildDate }}" in start


def test_every_page_begins_with_a_heading() -> None:
    for name, text in pages().items():
        assert 1 == len(re.findall(r"^# ", prose(text), flags=re.MULTILINE)), name
