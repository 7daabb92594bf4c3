"""What a lookup asks, as data."""

from __future__ import annotations

import json
from dataclasses import field
from typing import TYPE_CHECKING, Any

from cloudwright.lazy_dataclass import dataclass
from cloudwright.program.source import Source
from cloudwright.target import DeclaredTarget

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping


@dataclass(frozen=True, slots=True, kw_only=True)
class LookupQuestion:
    """What a lookup asks.

    Attributes:
        kind: Such as `ami`; for a lookup of the user's, the function's module and name.
        arguments: What is asked for, as JSON.
        label: What plans call the lookup; empty for the question's own text.
        target: Where to ask.
        own: Gives the answer of a lookup of the user's.
        source: The line of the program.
    """

    kind: str
    arguments: Mapping[str, Any]
    label: str = ""
    target: DeclaredTarget = DeclaredTarget()
    own: Callable[[], Awaitable[object]] | None = field(default=None, repr=False, compare=False)
    source: Source = field(default_factory=Source, compare=False)

    @property
    def text(self) -> str:
        """The question as a call, such as `ssm(path="/golden/ami")`; equal questions have equal texts."""
        given = (f"{name}={json.dumps(value, sort_keys=True)}" for name, value in sorted(self.arguments.items()))
        return f"{self.kind}({', '.join(given)})"

    @property
    def title(self) -> str:
        """What plans and messages call the lookup."""
        return self.label or self.text
