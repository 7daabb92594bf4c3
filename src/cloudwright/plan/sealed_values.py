"""JSON values as the state keeps them: secrets sealed, everything else in clear."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Protocol

from cloudwright.secret import Secret

if TYPE_CHECKING:
    from collections.abc import Callable

SEALED = "$sealed"
"""The only key of the mapping that represents a sealed value."""


class Seals(Protocol):
    """Encrypts bytes for one place of the state."""

    def seal(self, plaintext: bytes, *, place: str) -> str:
        """Encrypt."""
        ...


class Opens(Protocol):
    """Decrypts what was sealed for a place of the state."""

    @property
    def unseal(self) -> Callable[..., bytes]:
        """Decrypts: `unseal(text, place=...)`."""
        ...


def seal_value(value: Any, place: str, sealing: Seals) -> Any:
    """A value for the state.

    Args:
        value: JSON, with `Secret` objects anywhere.
        place: What it is, so that what is sealed can't be put elsewhere.
        sealing: Encrypts the secrets.
    """
    match value:
        case Secret():
            return {SEALED: sealing.seal(json.dumps(value.reveal()).encode(), place=place)}
        case dict():
            return {name: seal_value(member, f"{place}/{name}", sealing) for name, member in value.items()}
        case list():
            return [seal_value(item, f"{place}/{number}", sealing) for number, item in enumerate(value)]
    return value


def unseal_value(value: Any, place: str, sealing: Opens) -> Any:
    """A value from the state, with `Secret` objects in the place of sealed ones.

    Args:
        value: What `seal_value` made.
        place: As it was given then.
        sealing: Opens what is sealed.

    Raises:
        CannotUnseal: The available key is another one.
    """
    match value:
        case {"$sealed": str(text)} if len(value) == 1:
            return Secret(json.loads(sealing.unseal(text, place=place)))
        case dict():
            return {name: unseal_value(member, f"{place}/{name}", sealing) for name, member in value.items()}
        case list():
            return [unseal_value(item, f"{place}/{number}", sealing) for number, item in enumerate(value)]
    return value
