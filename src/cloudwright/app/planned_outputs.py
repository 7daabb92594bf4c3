"""The outputs of an app that is planned and not deployed yet."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from cloudwright.app.outputs import Outputs
from cloudwright.errors import InvalidProperties
from cloudwright.program.document import Unknown, resolve
from cloudwright.program.reference import PlanningEnds, Ref, Reference

if TYPE_CHECKING:
    from cloudwright.program.document import Lookup
    from cloudwright.program.reference import ReferenceTable


def planned_outputs(returned: Any, value: Lookup) -> dict[str, Any]:
    """What a program returned, with values in place of references.

    Args:
        returned: The mapping that the program returned; nothing if it ended early.
        value: Returns the value of a reference.

    Raises:
        InvalidProperties: An output refers to something that does not exist; the message names the output.
    """
    if not isinstance(returned, dict):
        return {}
    resolved = ((name, _resolved(name, each, value)) for name, each in returned.items())
    return {name: found for name, found in resolved if found is not None}


def _resolved(name: str, returned: Any, value: Lookup) -> Any:
    try:
        return resolve(returned, value)
    except InvalidProperties as error:
        raise InvalidProperties(f"output {name!r}: {error.message}", hint=error.hint) from None


class FutureOutputs(dict[str, Any]):
    """The outputs of a plan as its planner holds them, `Unknown` where only the deploy makes one known."""

    def __init__(self, name: str, values: Mapping[str, Any], *, complete: bool) -> None:
        """Wrap the outputs of a plan.

        Args:
            name: The app, as `app/stage`.
            values: Name -> value; may hold `Unknown` anywhere.
            complete: Whether the plan reached the end of the program, so that there are no other outputs.
        """
        super().__init__(values)
        self._name, self._complete = name, complete

    def read_by(self, table: ReferenceTable, unknown: dict[Ref, Unknown]) -> PlannedOutputs:
        """The same as a program reads them.

        Args:
            table: The references of its run.
            unknown: Receives the meaning of each reference.
        """
        return PlannedOutputs(self._name, self, table, unknown, complete=self._complete)


class PlannedOutputs(Mapping[str, Any]):
    """Outputs by name. Those that only the deploy makes known are references, which a program passes on.

    A program that computes with one ends its plan at that line, as with an awaited attribute.
    """

    def __init__(
        self,
        name: str,
        values: Mapping[str, Any],
        table: ReferenceTable,
        unknown: dict[Ref, Unknown],
        *,
        complete: bool,
    ) -> None:
        """Wrap the outputs of a plan for one run of a program; see `FutureOutputs.read_by`."""
        self._name, self._values, self._complete = name, values, complete
        self._table, self._unknown = table, unknown

    def __getitem__(self, name: str) -> Any:
        """The planned value of an output."""
        if name in self._values:
            return self._plain(self._values[name], (name,))
        self._refuse_incomplete()
        return Outputs(self._values, f"the plan of {self._name}")[name]

    def __iter__(self) -> Iterator[str]:
        """The names, if all are known."""
        self._refuse_incomplete()
        return iter(self._values)

    def __len__(self) -> int:
        """Their number, if all are known."""
        self._refuse_incomplete()
        return len(self._values)

    def _plain(self, value: Any, path: tuple[str, ...]) -> Any:
        match value:
            case Unknown():
                ref = Ref(self._name, path, outside=True)
                self._unknown[ref] = Unknown(ref, prior=value.prior, former=value.former)
                return Reference(self._table, ref, awaited=True)
            case dict():
                return {name: self._plain(member, (*path, name)) for name, member in value.items()}
            case list():
                return [self._plain(item, (*path, str(number))) for number, item in enumerate(value)]
        return value

    def _refuse_incomplete(self) -> None:
        if not self._complete:
            raise PlanningEnds(Ref(f"the outputs of {self._name}"))
