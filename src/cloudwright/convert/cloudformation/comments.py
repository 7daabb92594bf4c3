"""The comments of a YAML template that the program keeps; YAML parsers drop comments."""

from __future__ import annotations

import re

_BREAK = re.compile(r"\r\n|[\n\r\x85\u2028\u2029]")
"""Line breaks in YAML."""

_CODE = re.compile(r"^-?\s*(Type|Properties|DependsOn|Condition|Fn::\w+|Ref)\s*:|!(Ref|Sub|GetAtt|If|Join)\b")
"""Matches a comment line that is commented-out code."""

_FOR_TOOLS = re.compile(r"^(yamllint|cfn-lint|cfn_nag|checkov|kics|tfsec|prettier|noqa|nosec|pragma|type\s*: ignore)\b")
"""How a comment begins that is meant for a tool, not for people."""


class Comments:
    """The comments of one text, by the lines of what they explain."""

    def __init__(self, text: str) -> None:
        """Cut the text into lines.

        Args:
            text: YAML.
        """
        self.lines: list[str] = _BREAK.split(text)

    def of(self, key: tuple[int, int], value: int) -> str:
        """The comment above a key or list item, or at the end of its line if the value begins below; empty without one.

        A line that begins with `#` at the indentation of the key is never part of a block scalar, whose lines are
        indented further.

        Args:
            key: The line and column of the key, from 0.
            value: The line of its value.
        """
        line, column = key
        start = line
        while start > 0 and re.match(rf" {{{column}}}#", self.lines[start - 1]):
            start -= 1
        above = [one.strip() for one in self.lines[start:line]]
        beside = re.search(r"^\s*[^\s#][^#]*?:\s+#(.*)$", self.lines[line]) if value > line else None
        return _readable([*above, *([beside[1]] if beside else [])])


def _readable(rows: list[str]) -> str:
    """Comment lines as one text, without rulers and `#`; empty for commented-out code."""
    words = [one.strip().strip("#-=*~+ ").strip() for one in rows]
    found = [one for one in words if re.search(r"\w", one) and not _FOR_TOOLS.match(one)]
    return "" if any(_CODE.search(one) for one in found) else " ".join(found)
