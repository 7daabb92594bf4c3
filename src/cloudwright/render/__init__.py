"""Output: text for terminals, JSON lines, Markdown, HTML and SVG.

Each folder holds one subject (`plan`, `deploy`, `state`, `images`, `graph`, `fleet`, ...) in all its formats.
Everything here is a pure function of data from the layers below, except the two live displays. `contract` declares
every JSON line.
"""

from __future__ import annotations
