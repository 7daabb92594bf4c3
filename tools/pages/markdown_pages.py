"""Writes each page as Markdown next to its HTML, and `llms.txt`: `python tools/pages/markdown_pages.py`.

`llms.txt` has the form that https://llmstxt.org proposes: a title, a sentence, and lists of links with a description.
"""

from __future__ import annotations

import re
import sys
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[2]

_HEAD = re.compile(r"\A(---\n.*?\n---\n+|<!--.*?-->\s*)+", re.DOTALL)
_ATTRIBUTES = re.compile(r"(?<=[)\n ])\{[:.# ][^{}\n]*\}")
_LINK = re.compile(r"\[([^\]]*)\]\([^)]*\)")
_SENTENCE = re.compile(r"(.*?[.])(?:\s|$)", re.DOTALL)


def write(docs: Path, site: Path, config: dict[str, Any]) -> list[Path]:
    """Write the pages and `llms.txt`.

    Args:
        docs: The folder of the pages.
        site: The built site.
        config: The table `project` of `zensical.toml`.

    Returns:
        The files.
    """
    written = []
    for page in sorted(docs.rglob("*.md")):
        target = site / page.relative_to(docs)
        target.write_text(plain(page.read_text("utf-8")), "utf-8")
        written.append(target)
    index = site / "llms.txt"
    index.write_text("\n".join(_index(docs, config)) + "\n", "utf-8")
    return [*written, index]


def plain(text: str) -> str:
    """A page without what only the site's generator reads: front matter, comments above the heading, classes.

    Args:
        text: The page.
    """
    body = _HEAD.sub("", text)
    parts = re.split(r"(^ *```.*?^ *```$)", body, flags=re.MULTILINE | re.DOTALL)
    for at in range(0, len(parts), 2):
        parts[at] = re.sub(r"[ \t]+$", "", _ATTRIBUTES.sub("", parts[at]), flags=re.MULTILINE)
    return "".join(parts)


def description(text: str) -> str:
    """The first sentence of a page, as one line without links.

    Args:
        text: The page.
    """
    for paragraph in plain(text).split("\n\n"):
        if paragraph.strip() and not paragraph.startswith(("#", "```", "|", "!", "[", "<")):
            sentence = _SENTENCE.match(paragraph.strip())
            line = " ".join((sentence[1] if sentence else paragraph).split())
            return _LINK.sub(r"\1", line)
    return ""


def _index(docs: Path, config: dict[str, Any]) -> Iterator[str]:
    yield f"# {config['site_name']}"
    yield ""
    yield f"> {config['site_description']}"
    for section in config["nav"]:
        for title, entries in section.items():
            yield ""
            yield f"## {title}"
            yield ""
            yield from (_entry(docs, name, path) for name, path in _pages(entries))


def _entry(docs: Path, name: str, path: str) -> str:
    shown = description((docs / path).read_text("utf-8"))
    return f"- [{name}]({path}){f': {shown}' if shown else ''}"


def _pages(entries: list[Any]) -> Iterator[tuple[str, str]]:
    for entry in entries:
        for name, value in entry.items():
            if isinstance(value, str):
                yield name, value
            else:
                yield from _pages(value)


def main() -> None:
    """Write them for the site that `zensical build` has made."""
    config = tomllib.loads((ROOT / "zensical.toml").read_text("utf-8"))["project"]
    site = ROOT / config["site_dir"]
    if not site.is_dir():
        sys.exit(f"there is no {config['site_dir']}: run `zensical build` first")
    print(f"{len(write(ROOT / 'docs', site, config))} files in {config['site_dir']}")


if __name__ == "__main__":
    main()
