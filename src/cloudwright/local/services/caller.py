"""Shared by the operations of other services: the caller, pagination, and errors."""

from __future__ import annotations

import base64
import binascii
from typing import TYPE_CHECKING, Any, TypeVar

from cloudwright.lazy_dataclass import dataclass
from cloudwright.local.builds.drafts import BuildDrafts

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from cloudwright.local.api.wire import Refused
    from cloudwright.local.builds.lifecycle import BuildLifecycle
    from cloudwright.local.context import CloudContext
    from cloudwright.local.rows import AccountRegion

    Members = dict[str, Any]
    Serve = Callable[["CallContext", Members], Members]

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class CallContext:
    """One call.

    Attributes:
        context: The parts of the cloud.
        place: The caller's account and Region.
        now: Seconds since the epoch.
        number: How many calls there have been, this one included.
        lifecycle: Starts and advances builds.
    """

    context: CloudContext
    place: AccountRegion
    now: float
    number: int
    lifecycle: BuildLifecycle

    @property
    def drafts(self) -> BuildDrafts:
        """Drafts builds in the caller's place."""
        return BuildDrafts(self.context, self.place, self.now)


def page(items: Sequence[_T], token: object, limit: int, refusal: Refused) -> tuple[list[_T], str]:
    """One page of a list, and the token of the next one; empty after the last.

    Args:
        items: All items, in a stable order.
        token: The caller's token.
        limit: The most items.
        refusal: The error for a token that the local cloud did not return.

    Raises:
        Refused: The token is invalid.
    """
    start = _position(str(token), refusal) if token else 0
    end = start + limit
    return list(items[start:end]), _token(end) if end < len(items) else ""


def _token(position: int) -> str:
    return base64.urlsafe_b64encode(f"after-{position:08}".encode()).decode()


def _position(token: str, refusal: Refused) -> int:
    try:
        word, _, number = base64.urlsafe_b64decode(token.encode()).decode().partition("-")
        if word == "after" and number.isdigit():
            return int(number)
    except (binascii.Error, ValueError):
        pass
    raise refusal


def filtered(values: Sequence[str], wanted: Sequence[str]) -> bool:
    """Whether one of the values matches a filter, whose values may contain `*` and `?`.

    Args:
        values: The values of an object.
        wanted: The filter's values.
    """
    from fnmatch import fnmatchcase

    patterns = [one.replace("[", "[[]") for one in wanted]
    return any(fnmatchcase(value, pattern) for value in values for pattern in patterns)
