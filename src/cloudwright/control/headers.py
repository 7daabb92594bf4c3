"""What an answer's headers tell. Pure."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cloudwright.control.model import Reply


def server_time(reply: Reply) -> float | None:
    """The `Date` header in seconds since the epoch (resolution: one second), or `None` without a readable one."""
    return _parsed(reply.headers.get("date", ""))


@functools.lru_cache(maxsize=8)  # many answers come within one second
def _parsed(date: str) -> float | None:
    from email.utils import parsedate_to_datetime  # loads a good part of the email package

    try:
        return parsedate_to_datetime(date).timestamp()
    except (TypeError, ValueError):
        return None
