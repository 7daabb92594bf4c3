"""The calls that a local cloud answered last."""

from __future__ import annotations

from collections import deque
from threading import Lock
from typing import TYPE_CHECKING

from cloudwright.lazy_dataclass import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator


@dataclass(frozen=True, slots=True)
class CallRecord:
    """One call that the cloud has answered.

    Attributes:
        service: The endpoint prefix.
        action: Such as `CreateResource`.
        account: Twelve digits.
        region: Such as `us-east-1`.
        time: Seconds since the epoch.
        status: The HTTP status of the answer.
        type_name: The resource type named by the call, if any.
    """

    service: str
    action: str
    account: str
    region: str
    time: float
    status: int
    type_name: str = ""


class CallLog(deque[CallRecord]):
    """The latest calls, oldest first; may be read while calls are answered."""

    def __init__(self, records: Iterable[CallRecord] = (), maxlen: int | None = None) -> None:
        """Hold some calls.

        Args:
            records: The first ones.
            maxlen: How many are kept.
        """
        self._lock = Lock()
        super().__init__(records, maxlen)

    def append(self, record: CallRecord) -> None:
        """Add the latest call."""
        with self._lock:
            super().append(record)

    def __iter__(self) -> Iterator[CallRecord]:
        """Those of this moment."""
        with self._lock:
            return iter(tuple(super().__iter__()))
