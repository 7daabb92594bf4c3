"""Resources that were adopted from another tool, which may still manage them: no deploy changes these."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cloudwright.errors import HandoverPending
from cloudwright.lazy_dataclass import dataclass
from cloudwright.plan.model import Action

if TYPE_CHECKING:
    from collections.abc import Iterable

    from cloudwright.plan.model import Plan, Step
    from cloudwright.state.records import Record

_CHANGING = frozenset({Action.UPDATE, Action.REPLACE, Action.DELETE})
_SHOWN = 5


@dataclass(frozen=True, slots=True)
class Claim:
    """Which tool manages a resource.

    Attributes:
        tool: `stack`, `terraform`, `alchemy`, or `unknown` where only a list of ids was given.
        where: The stack's ARN, the address in Terraform's state, the path of Alchemy's file; empty for `unknown`.
        name: The logical id in the stack.
    """

    tool: str
    where: str = ""
    name: str = ""

    def __str__(self) -> str:
        return f"{self.tool}:{self.where}{'#' if self.name else ''}{self.name}"


def claim_of(text: str) -> Claim:
    """A claim as recorded in the state.

    Args:
        text: Such as `stack:ARN#Topic` or `terraform:aws_sns_topic.orders`.
    """
    tool, _, rest = text.partition(":")
    where, _, name = rest.partition("#") if tool == "stack" else (rest, "", "")
    return Claim(tool, where, name)


def refuse_claimed(plan: Plan, records: Iterable[Record]) -> None:
    """Check that a plan changes nothing that another tool may still manage.

    Args:
        plan: The plan.
        records: The state's records.

    Raises:
        HandoverPending: It would.
    """
    claims = {record.id: record.claim for record in records if record.claim}
    keys = [step.key for step in plan.changes if step.action in _CHANGING and _touched(step, claims)]
    if not keys:
        return
    more = f" and {len(keys) - _SHOWN} more" if len(keys) > _SHOWN else ""
    raise HandoverPending(
        f"{', '.join(keys[:_SHOWN])}{more}: adopted from another tool, which may still manage "
        f"{'it' if len(keys) == 1 else 'them'}",
        hint="release them from that tool, then `cloudwright doctor --handover FILE` checks it",
    )


def _touched(step: Step, claims: dict[tuple[str, int], str]) -> bool:
    # The step of a replacement names the generation that it makes; that of a moved resource the new key.
    keys = {step.key, step.moved_from}
    return any((key, generation) in claims for key in keys for generation in (step.generation, step.generation - 1))
