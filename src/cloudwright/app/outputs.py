"""An app's outputs as stored: secrets sealed, everything else in clear."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cloudwright.plan.sealed_values import seal_value, unseal_value
from cloudwright.secret import MASK, SECRET_MARKER

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cloudwright.engine.run import Sealing


class Outputs(dict[str, Any]):
    """The outputs of another app; the error for a missing one names it."""

    def __init__(self, values: Mapping[str, Any], whose: str) -> None:
        """Wrap outputs.

        Args:
            values: Name -> value.
            whose: The app, its stage and its store, for the message.
        """
        super().__init__(values)
        self._whose = whose

    def __missing__(self, name: str) -> Any:
        has = f"it has {', '.join(sorted(self))}" if self else "it has none: it was destroyed, or returns nothing"
        raise KeyError(f"{self._whose} has no output {name!r}; {has}")


def seal_outputs(outputs: Mapping[str, Any], sealing: Sealing) -> dict[str, Any]:
    """Outputs for the state.

    Args:
        outputs: May hold `Secret` objects anywhere.
        sealing: Encrypts them.
    """
    return {name: seal_value(value, f"outputs/{name}", sealing) for name, value in outputs.items()}


def unseal_outputs(kept: Mapping[str, Any], sealing: Sealing) -> dict[str, Any]:
    """Outputs from the state, with `Secret` objects in place of sealed values.

    Raises:
        CannotUnseal: The available key is another one.
    """
    return {name: unseal_value(value, f"outputs/{name}", sealing) for name, value in kept.items()}


def without_seals(kept: Mapping[str, Any]) -> dict[str, Any]:
    """Outputs from the state for display: a mask in place of each sealed value; needs no key."""
    return {name: _masked(value) for name, value in kept.items()}


def _masked(value: Any) -> Any:
    match value:
        case {"$sealed": str()} if len(value) == 1:
            return {SECRET_MARKER: MASK}
        case dict():
            return {name: _masked(member) for name, member in value.items()}
        case list():
            return [_masked(item) for item in value]
    return value
