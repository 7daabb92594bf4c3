"""What an answer's headers tell. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cloudwright.control.model import Reply


def server_time(reply: Reply) -> float | None:
    """The `Date` header in seconds since the epoch (resolution: one second), or `None` without a readable one."""
    from email.utils import parsedate_to_datetime  # loads a good part of the email package

    try:
        return parsedate_to_datetime(reply.headers.get("date", "")).timestamp()
    except (TypeError, ValueError):
        return None
