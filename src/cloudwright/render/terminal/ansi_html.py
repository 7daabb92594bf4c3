"""Converts coloured terminal lines to HTML with the same colours."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from cloudwright.render.terminal.markup import markup
from cloudwright.render.terminal.style import CODES

if TYPE_CHECKING:
    from collections.abc import Iterable

STYLE = """
.term{margin:0;padding:1rem;overflow-x:auto;background:var(--panel);border:1px solid var(--line);border-radius:6px;
font:13px/1.5 ui-monospace,SFMono-Regular,Menlo,Consolas,monospace;white-space:pre}
.term .bold{font-weight:700}.term .dim{color:var(--soft)}.term .red{color:var(--bad)}.term .green{color:var(--good)}
.term .yellow{color:var(--warn)}.term .blue,.term .cyan{color:var(--accent)}.term .magenta{color:var(--odd)}
""".strip()
"""Needs the page's colours: `--panel --line --soft --bad --good --warn --accent --odd`."""

_PAINTED = re.compile(r"\x1b\[([0-9;]+)m(.*?)\x1b\[0m", re.DOTALL)
_NAMES = {code: name for name, code in CODES.items()}


def painted(lines: Iterable[str]) -> str:
    """One `<pre>` element.

    Args:
        lines: As `TerminalStyle.paint` returns them; everything else in them is text.
    """
    text = "\n".join(lines)
    return f'<pre class="term" tabindex="0">{_html(text)}</pre>'


def _html(text: str) -> str:
    parts, at = [], 0
    for match in _PAINTED.finditer(text):
        names = " ".join(_NAMES[code] for code in match[1].split(";") if code in _NAMES)
        parts += [markup(text[at : match.start()]), f'<span class="{names}">{markup(match[2])}</span>']
        at = match.end()
    return "".join([*parts, markup(text[at:])])
