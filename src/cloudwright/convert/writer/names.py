"""Names by Python's conventions, each used once."""

from __future__ import annotations

import builtins
import keyword
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

_WORD = re.compile(r"[A-Za-z0-9]+")
_HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")

RESERVED = frozenset({*keyword.kwlist, *keyword.softkwlist, *dir(builtins)})
"""What no generated name may be."""


class Names:
    """The names of one scope."""

    def __init__(self, taken: Iterable[str] = ()) -> None:
        """Begin a scope.

        Args:
            taken: Names that mean something else in it.
        """
        self._taken = {*RESERVED, *taken}

    @property
    def taken(self) -> frozenset[str]:
        """The names that have a meaning."""
        return frozenset(self._taken)

    def take(self, wanted: str, *others: str) -> str:
        """A name that nothing else has.

        Args:
            wanted: The best name.
            others: The next best ones, before numbers are added.
        """
        for candidate in (wanted, *others):
            if candidate not in self._taken:
                self._taken.add(candidate)
                return candidate
        number = next(n for n in range(2, len(self._taken) + 3) if f"{wanted}_{n}" not in self._taken)
        self._taken.add(f"{wanted}_{number}")
        return f"{wanted}_{number}"


def snake(name: str) -> str:
    """A name of variables and functions: `VPCGatewayAttachment` is `vpc_gateway_attachment`.

    Args:
        name: Letters and digits, with anything between the words.
    """
    words = "_".join(_WORD.findall(_HUMP.sub("_", name))).lower()
    return words if words and not words[0].isdigit() else f"n{words}"


def constant(name: str) -> str:
    """A name of constants: `RegionMap` is `REGION_MAP`.

    Args:
        name: As for `snake`.
    """
    return snake(name).upper()
