"""Secrets in a program: masked everywhere, sealed where they are stored, in clear only in the body of a request."""

from __future__ import annotations

import os
from typing import Any, Never, TypeGuard

from cloudwright.call_errors import checked
from cloudwright.errors import ProgramError

MASK = "(secret)"
"""The text in place of a secret, in every output: plans, logs, errors, URLs, the console."""

SECRET_MARKER = "$secret"  # noqa: S105 - the name of a marker
"""The only key of a secret's marker in records and plans; its value is a keyed fingerprint."""


def is_secret_marker(value: object) -> TypeGuard[dict[str, Any]]:
    """Whether a value of plan data is the marker of a secret: `{"$secret": FINGERPRINT}`."""
    return isinstance(value, dict) and len(value) == 1 and SECRET_MARKER in value


class Secret:
    """A value that no plan, log, state or error shows. Make one with `secret(value)`.

    It can't be put into a larger string, since the mask would silently go to AWS: wrap the whole text instead.
    """

    __slots__ = ("_value",)

    def __init__(self, value: object) -> None:
        """Wrap a JSON value.

        Args:
            value: A string, number, boolean, list or mapping.
        """
        self._value = value

    def reveal(self) -> Any:
        """The value in clear. Only the code that writes a wire body, a seal or a fingerprint calls this."""
        return self._value

    def __repr__(self) -> str:
        return MASK

    def __str__(self) -> str:
        return self._no_text()

    def __format__(self, spec: str) -> str:
        return self._no_text()

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and self._value == other._value

    def __hash__(self) -> int:
        return hash(MASK)

    def __reduce__(self) -> Never:
        raise ProgramError("a secret can't be pickled")

    def __deepcopy__(self, memo: object) -> Secret:
        return self

    def __copy__(self) -> Secret:
        return self

    @staticmethod
    def _no_text() -> Never:
        raise ProgramError(
            "a secret can't become part of a larger string",
            hint="wrap the whole text: secret(f'postgres://app:{password}@db') with the plain password inside",
        )


class _SecretMaker:
    """`secret(value)`, and `secret.env`."""

    @checked("secret")
    def __call__(self, value: object) -> Secret:
        """Mark a value as secret; marking a secret again changes nothing (CC43).

        Args:
            value: A string, number, boolean, list or mapping.
        """
        return value if isinstance(value, Secret) else Secret(value)

    @checked("secret.env")
    def env(self, name: str) -> Secret:
        """The secret that an environment variable holds.

        Args:
            name: The variable's name.

        Raises:
            ProgramError: The variable is not set.
        """
        if name not in os.environ:
            raise ProgramError(
                f"the environment variable {name} is not set", hint=f"export {name} before you run the program"
            )
        return Secret(os.environ[name])


secret: _SecretMaker = _SecretMaker()
