"""Ages on the command line: `12h`, `7d`, `2w`."""

from __future__ import annotations

import re

import click

_UNITS = {"d": 86_400.0, "w": 7 * 86_400.0, "h": 3_600.0}
_AGE = re.compile(r"(\d{1,6})([dwh])")


class Age(click.ParamType[float]):
    """An age such as `180d`, in seconds."""

    name = "age"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """Read it."""
        if isinstance(value, float):
            return value
        found = _AGE.fullmatch(str(value))
        if found is None:
            self.fail(f"{value!r} is not an age: write a number and d, w or h, such as 180d", param, ctx)
        return int(found[1]) * _UNITS[found[2]]
