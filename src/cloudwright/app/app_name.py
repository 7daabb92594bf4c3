"""What an app may be called."""

from __future__ import annotations

from cloudwright.errors import ProgramError


def check_app_name(name: str) -> None:
    """Refuse what is not a name for an app.

    Raises:
        ProgramError: It is none.
    """
    if not name or not name.isprintable() or "/" in name:
        raise ProgramError(f"{name!r} is not an app name: use printable text without '/'")
