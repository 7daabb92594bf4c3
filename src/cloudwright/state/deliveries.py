"""What the state records about one delivery of images."""

from __future__ import annotations

from dataclasses import field
from typing import TYPE_CHECKING

from cloudwright.lazy_dataclass import dataclass

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cloudwright.target import Target


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageDelivery:
    """One act of delivering images, from before its first request until its end and beyond.

    It is a journal entry until `ended_at`; then it is what a rollback goes back to.

    Attributes:
        id: Random, names it.
        verb: `run`, `promote`, `rollback` or `retire`.
        key: The distribution configuration's key.
        pipeline: The pipeline's key; empty for what has none.
        target: Account and Region of the configuration.
        client_token: Random, decided before this was written; the service's idempotency key.
        request: The members that are sent with the token.
        image: The image build version's ARN, once AWS has answered.
        started_at: Seconds since the epoch.
        ended_at: Seconds since the epoch; 0 while it is open.
        outcome: `delivered`, `partial`, `failed` or `cancelled`; empty while it is open.
        left: The user left it running, so that its end was nobody's result.
        replaced: `ACCOUNT/REGION` -> what stood there before: parameters, launch template defaults, unreadable places.
        delivered: `ACCOUNT/REGION` -> what stood there afterwards, the AMI and its launch permissions too.
        steps: For a rollback or retirement: number -> the step as it was planned, with `done` once it was carried out.
    """

    id: str
    verb: str
    key: str
    pipeline: str = ""
    target: Target
    client_token: str
    request: Mapping[str, object] = field(default_factory=dict)
    image: str = ""
    started_at: float = 0.0
    ended_at: float = 0.0
    outcome: str = ""
    left: bool = False
    replaced: Mapping[str, object] = field(default_factory=dict)
    delivered: Mapping[str, object] = field(default_factory=dict)
    steps: Mapping[str, object] = field(default_factory=dict)
