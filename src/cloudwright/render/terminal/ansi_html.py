"""Converts coloured terminal lines to HTML with the same colours."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from cloudwright.render.terminal.markup import markup
from cloudwright.render.terminal.style import CODES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

STYLE = """
.term{margin:0;padding:1rem;overflow-x:auto;background:var(--panel);border:1px solid var(--line);border-radius:6px;
font:13px/1.5 ui-monospace,SFMono-Regular,Menlo,Consolas,monospace;white-space:pre}
.term .bold{font-weight:700}.term .dim{color:var(--soft)}.term .red{color:var(--bad)}.term .green{color:var(--good)}
.term .yellow{color:var(--warn)}.term .blue,.term .cyan{color:var(--accent)}.term .magenta{color:var(--odd)}
""".strip()
"""Needs the page's colours: `--panel --line --soft --bad --good --warn --accent --odd`."""

_INLINE = {
    "bold": "font-weight:bold",
    "dim": "opacity:0.7",
    "red": "color:#c0392b",
    "green": "color:#218c53",
    "yellow": "color:#9a7d0a",
    "blue": "color:#2e6da4",
    "magenta": "color:#8e44ad",
    "cyan": "color:#128c8c",
}
"""Readable on white and on black: a notebook may be either."""

_PRE = "white-space: pre; overflow-x: auto; line-height: 1.3"

_PAINTED = re.compile(r"\x1b\[([0-9;]+)m(.*?)\x1b\[0m", re.DOTALL)
_NAMES = {code: name for name, code in CODES.items()}


def painted(lines: Iterable[str]) -> str:
    """One `<pre>` element.

    Args:
        lines: As `TerminalStyle.paint` returns them; everything else in them is text.
    """
    text = "\n".join(lines)
    return f'<pre class="term" tabindex="0">{_html(text, _by_class)}</pre>'


def painted_inline(lines: Iterable[str]) -> str:
    """The same for a page without `STYLE`, such as a notebook.

    Args:
        lines: As `TerminalStyle.paint` makes them; everything else in them is text.
    """
    text = "\n".join(lines)
    return f'<pre style="{_PRE}">{_html(text, _by_style)}</pre>'


def _by_class(names: list[str]) -> str:
    return f'class="{" ".join(names)}"'


def _by_style(names: list[str]) -> str:
    return f'style="{";".join(_INLINE[name] for name in names)}"'


def _html(text: str, attribute: Callable[[list[str]], str]) -> str:
    parts, at = [], 0
    for match in _PAINTED.finditer(text):
        names = [_NAMES[code] for code in match[1].split(";") if code in _NAMES]
        parts += [markup(text[at : match.start()]), f"<span {attribute(names)}>{markup(match[2])}</span>"]
        at = match.end()
    return "".join([*parts, markup(text[at:])])
