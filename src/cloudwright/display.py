"""How a plan, a result or a drift report shows itself in `print` and at the end of a notebook's cell.

The models stand below the code that renders them, so they find it by its entry point, as `App.cli` finds the
command line.
"""

from __future__ import annotations

from typing import Protocol


class Display(Protocol):
    """The entry point `cloudwright.display`."""

    def text(self, shown: object) -> str:
        """The object as the command line shows it, for an output without colours."""
        ...

    def html(self, shown: object) -> str:
        """The same as HTML, with everything escaped."""
        ...


class Displayed:
    """A base for what is printed as the command line prints it, and shown so in notebooks."""

    __slots__ = ()

    def __str__(self) -> str:
        return _display().text(self)

    def _repr_html_(self) -> str:
        """The HTML that Jupyter shows (https://ipython.readthedocs.io/en/stable/config/integrating.html)."""
        return _display().html(self)


def _display() -> Display:
    from importlib.metadata import entry_points

    (found,) = entry_points(group="cloudwright.display")
    display: Display = found.load()()
    return display
