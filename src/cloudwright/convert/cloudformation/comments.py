"""The comments of a YAML template, which readers of YAML drop: those that a program keeps."""

from __future__ import annotations

import re

_BREAK = re.compile(r"\r\n|[\n\r\x85\u2028\u2029]")
"""What ends a line in YAML."""

_CODE = re.compile(r"^-?\s*(Type|Properties|DependsOn|Condition|Fn::\w+|Ref)\s*:|!(Ref|Sub|GetAtt|If|Join)\b")
"""What begins or holds code that somebody commented out."""

_FOR_TOOLS = re.compile(r"^(yamllint|cfn-lint|cfn_nag|checkov|kics|tfsec|prettier|noqa|nosec|pragma|type\s*: ignore)\b")
"""What begins a comment that only a tool reads."""


class Comments:
    """The comments of one text, by the lines of what they explain."""

    def __init__(self, text: str) -> None:
        """Cut the text into lines.

        Args:
            text: YAML.
        """
        self.lines: list[str] = _BREAK.split(text)

    def of(self, key: tuple[int, int], value: int) -> str:
        """What is written above a key or list item, or beside it where its value begins below; empty for nothing.

        A line that begins with `#` under the same indentation as the key is never part of a block of text, whose lines
        are indented further.

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
    """Comment lines as one text: without rulers and marks, and empty for code that is commented out."""
    words = [one.strip().strip("#-=*~+ ").strip() for one in rows]
    found = [one for one in words if re.search(r"\w", one) and not _FOR_TOOLS.match(one)]
    return "" if any(_CODE.search(one) for one in found) else " ".join(found)
