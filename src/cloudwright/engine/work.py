"""What one step of an apply pass works on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cloudwright.plan.decision import Decision
    from cloudwright.plan.model import Step
    from cloudwright.plan.resolved import Subject
    from cloudwright.state.model import Record


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """A step with the declaration as the apply pass resolved it.

    Attributes:
        subject: Everything known; no placeholders.
        decision: What is to be done, now that everything is known; within what the plan announced.
        record: The generation to go on with or to replace, as the state holds it now.
    """

    step: Step
    subject: Subject
    decision: Decision
    record: Record | None = None
