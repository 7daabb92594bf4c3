"""Patterns as in a `.gitignore`: https://git-scm.com/docs/gitignore."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from cloudwright.lazy_dataclass import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterable

_STAR, _QUESTION = "[^/]*", "[^/]"
_TOKEN = re.compile(r"/\*\*/|^\*\*/|/\*\*$|\*+|\?|\[[!^]?\]?[^\]]*\]|\\.|.", re.DOTALL)
_TOKENS = {"/**/": "/(?:.*/)?", "**/": "(?:.*/)?", "/**": "/.+", "?": _QUESTION}


@dataclass(frozen=True, slots=True)
class _Pattern:
    regex: re.Pattern[str]
    includes: bool
    folders_only: bool


class IgnoreRules:
    """Decides what is left out of a folder; the last pattern that matches a path decides."""

    def __init__(self, patterns: Iterable[str]) -> None:
        """Read patterns.

        Args:
            patterns: In the order of the file; empty lines and comments count for nothing.
        """
        lines = (line.rstrip() if not line.endswith("\\ ") else line for line in patterns)
        self._patterns = [_compiled(line) for line in lines if line and not line.startswith("#")]

    def leaves_out(self, path: str, *, folder: bool) -> bool:
        """Whether a path is left out; what is in a folder that is left out is never asked for.

        Args:
            path: Of the file or folder, from the folder that the patterns are for.
            folder: Whether it is a folder.
        """
        for pattern in reversed(self._patterns):
            if (folder or not pattern.folders_only) and pattern.regex.fullmatch(path):
                return not pattern.includes
        return False


def _compiled(line: str) -> _Pattern:
    includes = line.startswith("!")
    text = line[1:] if includes else line
    bare = text.removesuffix("/")
    anchored = "/" in bare
    body = "".join(map(_translated, _TOKEN.findall(bare.removeprefix("/"))))
    return _Pattern(re.compile(body if anchored else f"(?:.*/)?{body}", re.DOTALL), includes, bare != text)


def _translated(token: str) -> str:
    if token in _TOKENS:
        return _TOKENS[token]
    if token.startswith("*"):
        return _STAR
    if token.startswith("[") and token.endswith("]") and len(token) > 1:
        inner = token[1:-1].replace("\\", "\\\\")
        return f"(?!/)[^{inner[1:]}]" if inner[:1] in {"!", "^"} else f"(?!/)[{inner}]"
    return re.escape(token.removeprefix("\\") or token)
