"""Transformations: functions over every declaration of a program, called before anything is planned."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import field
from typing import TYPE_CHECKING, Any

from cloudwright.errors import ProgramError
from cloudwright.lazy_dataclass import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


@dataclass(slots=True)
class ResourceDraft:
    """A declaration before it is planned; a transformation changes it in place.

    Attributes:
        key: Scope path and id.
        type: The resource type's name.
        properties: As the program wrote them; references are texts that may be passed on.
        tags: Tags for the resource if its type has any; those in its own properties win.
        options: The lower-case keywords, such as `protect`.
    """

    key: str
    type: str
    properties: dict[str, Any] = field(repr=False)
    tags: dict[str, str] = field(default_factory=dict)
    options: dict[str, Any] = field(default_factory=dict)


Transform = Callable[[ResourceDraft], object]
"""What `@app.each` takes; it returns nothing."""


@dataclass(frozen=True, slots=True)
class Transformation:
    """A transformation that is part of an app.

    Attributes:
        id: The function's name, or that of the entry point which installs it; silences it.
        apply: The function.
        origin: The package that installs it; empty for one of the app's own.
        silenced: Why the app silences it; empty if it does not.
    """

    id: str
    apply: Transform = field(repr=False)
    origin: str = ""
    silenced: str = ""


@dataclass(slots=True)
class Transformations:
    """Those of one run of a program, in their order.

    Attributes:
        notes: Which were not applied, and why.
    """

    each: tuple[Transformation, ...] = ()
    notes: dict[str, None] = field(default_factory=dict)
    _busy: str = ""

    def apply(self, draft: ResourceDraft) -> None:
        """Change a declaration.

        Args:
            draft: Changed in place.

        Raises:
            ProgramError: A transformation declares a resource itself, or returns something.
        """
        if self._busy:
            raise ProgramError(
                f"the transformation {self._busy} declares {draft.key!r}; a transformation only changes declarations",
                hint="declare it in the program, or in a component that others call",
            )
        silenced: Mapping[str, str] = draft.options.get("silence") or {}
        for one in self.each:
            reason = one.silenced or silenced.get(one.id, "")
            if reason:
                where = "" if one.silenced else f" to {draft.key}"
                self.notes[f"the transformation {one.id} is not applied{where}: {reason}"] = None
            else:
                self._apply(one, draft)

    def _apply(self, one: Transformation, draft: ResourceDraft) -> None:
        key, type_name = draft.key, draft.type
        self._busy = one.id
        try:
            result: object = one.apply(draft)
        finally:
            self._busy = ""
        if result is not None:
            raise ProgramError(
                f"the transformation {one.id} returns a {type(result).__name__}",
                hint="change the draft in place: `resource.properties[...] = ...`",
            )
        if (draft.key, draft.type) != (key, type_name):
            raise ProgramError(
                f"the transformation {one.id} changes the key or type of {key}, which a transformation can't change"
            )


def named(functions: Iterable[Transform], silenced: Mapping[str, str]) -> tuple[Transformation, ...]:
    """The app's own transformations.

    Args:
        functions: Decorated with `@app.each`.
        silenced: Id -> why the app silences it.
    """
    ids = [(getattr(function, "__name__", repr(function)), function) for function in functions]
    return tuple(Transformation(id, function, silenced=silenced.get(id, "")) for id, function in ids)
