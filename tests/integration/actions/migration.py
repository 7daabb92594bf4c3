"""A migration that follows a queue: what it was called with, and how it ends, is up to the test."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from cloudwright import ActionContext, action
from cloudwright.aws.control import AWS

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from cloudwright.program.action import Delivery, When


@dataclass(frozen=True)
class Migrated:
    version: int
    table: str


async def nothing(name: str) -> None:
    """End at once."""


@dataclass
class Migration:
    """A program with a queue, the migration that follows it, and a parameter that takes its result.

    Attributes:
        calls: Token and queue name of each call.
        body: What the migration does.
    """

    when: When = "changed"
    delivery: Delivery = "at-least-once"
    delay: int = 0
    label: str = "a"
    timeout: float = 3600.0
    uses: bool = True
    calls: list[tuple[str, str]] = field(default_factory=list)
    body: Callable[[str], Awaitable[object]] = nothing
    kind: Literal["Queue", "Topic"] = "Queue"

    @property
    def tokens(self) -> list[str]:
        return [token for token, _ in self.calls]

    def program(self) -> dict[str, Any]:
        queue = AWS.SQS.Queue("queue", QueueName="jobs", DelaySeconds=self.delay)

        @action(after=queue, when=self.when, delivery=self.delivery, timeout=self.timeout)
        async def migrate(context: ActionContext, queue: str, label: str) -> Migrated:
            self.calls.append((context.token, queue))
            await self.body(label)
            return Migrated(len(self.calls), queue)

        done = migrate(queue.QueueName, self.label)
        if self.uses:
            AWS.SSM.Parameter("version", Name="/version", Type="String", Value=f"v{done.result.version}")
        return {"version": done.result.version}
