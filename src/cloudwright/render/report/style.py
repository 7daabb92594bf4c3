"""The style of the report: light or dark by the reader's setting, from a phone to a wide screen, and on paper."""

from __future__ import annotations

from cloudwright.render.images.figures import FIGURE_STYLE
from cloudwright.render.terminal.ansi_html import STYLE as TERMINAL

_COLOURS = (
    ":root{color-scheme:light dark;--ink:#1d2430;--soft:#5b6675;--line:#dde2e9;--page:#f5f7fa;--panel:#fff;"
    "--good:#1b7f3b;--bad:#c62828;--warn:#a86400;--accent:#1a56b8;--odd:#8a3ab9;--bar:#9db7dc;--mixed:#1a6f9e;"
    "font:15px/1.5 system-ui,sans-serif}"
    "@media (prefers-color-scheme:dark){:root{--ink:#e6eaf0;--soft:#9aa6b6;--line:#2f3845;--page:#0f1319;"
    "--panel:#12161c;--good:#56d364;--bad:#ff7b72;--warn:#e3b341;--accent:#7fb0ff;--odd:#d2a8ff;--bar:#3d5a86;--mixed:#79c0ff}}"
)
_FRAME = (
    "html{scroll-padding-top:4rem}*{box-sizing:border-box}"
    "body{margin:0 auto;max-width:76rem;padding:1.5rem;background:var(--page);color:var(--ink)}"
    "h1{font-size:1.5rem;margin:0}h2{font-size:1.1rem;margin:2rem 0 .6rem}.soft{color:var(--soft);margin:.2rem 0}"
    "nav{position:sticky;top:0;z-index:1;display:flex;flex-wrap:wrap;gap:.2rem 1.2rem;padding:.7rem 0;"
    "background:var(--page);border-bottom:1px solid var(--line)}a{color:var(--accent)}"
    ".picture,figure,.steps{background:var(--panel);border:1px solid var(--line);border-radius:6px}"
    ".picture,figure{padding:1rem;overflow-x:auto}.picture svg{display:block;max-width:max(100%,46rem);height:auto}"
)
_TILES = (
    ".tiles{display:grid;grid-template-columns:repeat(auto-fill,minmax(9.5rem,1fr));gap:.7rem;margin:1.2rem 0}"
    ".tile{display:block;padding:.7rem .9rem;background:var(--panel);border:1px solid var(--line);"
    "border-left:4px solid var(--tone,var(--line));border-radius:6px;color:inherit;text-decoration:none}"
    ".tile b{display:block;font-size:1.6rem;line-height:1.2}.tile span{color:var(--soft);font-size:.9rem}"
    "a.tile:hover{border-color:var(--accent)}"
)
_TONES = (
    ".green{--tone:var(--good)}.yellow{--tone:var(--warn)}.magenta{--tone:var(--odd)}.red{--tone:var(--bad)}"
    ".cyan,.blue{--tone:var(--accent)}"
)
_STEPS = (
    ".steps{margin:0 0 .8rem}.steps>summary{padding:.6rem 1rem;font-weight:600}summary{cursor:pointer}"
    ".step{border-top:1px solid var(--line)}.step>summary,.step>p{margin:0;padding:.35rem 1rem .35rem 2rem;"
    "overflow-wrap:anywhere}.step>p{padding-left:3.1rem}"
    ".steps .sign{display:inline-block;min-width:1.2rem;color:var(--tone);font-weight:700}"
    ".steps .type{color:var(--soft);margin-left:.6rem;font-size:.9rem}.steps .note{color:var(--soft);margin-left:.6rem}"
    # Each part is broken only if it is longer than a line: a line break inside an account number is hard to read.
    ".step>summary>*{display:inline-block;max-width:100%;vertical-align:top}"
    ".step .term{border:0;border-radius:0;padding:.2rem 1rem .8rem 2rem}"
)
_LEGENDS = (
    ".legend .cyan{--tone:var(--mixed)}"
    ".legend .tone{width:1.5rem;height:.8rem;border-radius:2px;background:var(--tone,var(--line));"
    "vertical-align:middle}.legend .bar{--tone:var(--bar)}.legend .critical{--tone:var(--accent)}"
)
_PHONE = (
    "@media (max-width:40rem){body{padding:1rem}.term{white-space:pre-wrap;overflow-wrap:anywhere}"
    "nav{flex-wrap:nowrap;overflow-x:auto;white-space:nowrap}}"
)
_PRINT = "@media print{nav{position:static}body{max-width:none}.picture,figure{overflow:visible}}"

STYLE = f"{TERMINAL}{FIGURE_STYLE}{_COLOURS}{_FRAME}{_TILES}{_TONES}{_STEPS}{_LEGENDS}{_PHONE}{_PRINT}"
"""The page's style sheet."""
