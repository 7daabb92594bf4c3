"""The service's own validation of a plan: dry runs of its Image Builder resources.

AWS's answers become findings in addition to those of the rules. Nothing is created: see `services.imagebuilder`.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Mapping
from typing import TYPE_CHECKING

from cloudwright.errors import CredentialsError, ServiceError, TransportError
from cloudwright.lazy_dataclass import dataclass
from cloudwright.plan.model import Action, Finding
from cloudwright.program.document import UNKNOWN_MARKER
from cloudwright.secret import is_secret_marker
from cloudwright.services.imagebuilder import Answer, forms

if TYPE_CHECKING:
    from collections.abc import Iterator

    from cloudwright.plan.model import Plan, Step
    from cloudwright.services.imagebuilder import DryRun, DryRuns

CONFIRMED, REFUSED, SKIPPED, UNANSWERED = "aws-confirmed", "aws-refused", "aws-not-asked", "aws-no-answer"
"""The ids of the findings; each can be silenced like a rule's."""

_ORIGIN = "EC2 Image Builder's dry run"
_MADE = frozenset({Action.CREATE, Action.UPDATE, Action.REPLACE})
_AT_ONCE = 8


@dataclass(frozen=True, slots=True)
class DryRunRequest:
    """One resource for a dry run.

    Attributes:
        properties: The desired document; for an update under an unused name.
        renamed: Whether it has such a name.
    """

    step: Step
    properties: Mapping[str, object]
    renamed: bool = False


async def ask_service(dry_runs: DryRuns, plan: Plan, who: str = "AWS") -> tuple[Finding, ...]:
    """Run the dry runs of everything that a plan creates, updates or replaces.

    Returns:
        One finding for each such resource: confirmed, refused, not asked, or no answer.
    """
    steps = [step for step in plan.steps if step.action in _MADE and step.type in forms()]
    turn = asyncio.Semaphore(_AT_ONCE)

    async def one(step: Step) -> Finding:
        async with turn:
            return await _about(dry_runs, step, who)

    return tuple(await asyncio.gather(*map(one, steps)))


async def _about(dry_runs: DryRuns, step: Step, who: str) -> Finding:
    hidden = next(_unsendable(step.desired, ""), None)
    if hidden is not None:
        return _skipped(step, *hidden, who)
    question = question_of(step)
    try:
        answer = await dry_runs.ask(step.target, step.type, question.properties)
    except KeyError as error:
        return _skipped(step, error.args[0], "the API has no such member", who)
    except (ServiceError, TransportError, CredentialsError) as error:
        text = f"{_opening(who)} could not be called: {error.message}"
        return _service_finding(step, UNANSWERED, "warning", text, fix=error.hint or "Try again, or use `--local`.")
    return _finding(question, answer, who)


def question_of(step: Step) -> DryRunRequest:
    """The dry run of a step: for an existing resource, whether the service would create another one like it.

    Args:
        step: A create, an update or a replacement.
    """
    if step.action is Action.CREATE or "Name" not in step.desired:
        return DryRunRequest(step, step.desired)
    digest = hashlib.sha256(f"{step.key}/{step.desired['Name']}".encode()).hexdigest()[:12]
    return DryRunRequest(step, {**step.desired, "Name": f"cloudwright-dry-run-{digest}"}, renamed=True)


def _unsendable(value: object, path: str) -> Iterator[tuple[str, str]]:
    """The first value in a document that a plan does not know or hold, with the reason."""
    if isinstance(value, Mapping):
        if len(value) == 1 and UNKNOWN_MARKER in value:
            yield path, f"{value[UNKNOWN_MARKER]} is known only after deploy"
        elif is_secret_marker(value):
            yield path, "a plan contains no secrets"
        else:
            for name, child in value.items():
                yield from _unsendable(child, f"{path}/{name}")
    elif isinstance(value, list):
        for index, child in enumerate(value):
            yield from _unsendable(child, f"{path}/{index}")


def _finding(question: DryRunRequest, answer: DryRun, who: str) -> Finding:
    about = " (checked as a create under another name, since updates have no dry run)" if question.renamed else ""
    if answer.answer is Answer.CONFIRMED:
        return _service_finding(question.step, CONFIRMED, "info", f"Confirmed by {who}{about}.")
    if answer.answer is Answer.CARRIED_OUT:
        text = f"{_opening(who)} carried out {answer.operation} instead of a dry run{about}."
        return _service_finding(
            question.step, REFUSED, "error", text, fix="Look in the account for a resource of this name."
        )
    text = f"{_opening(who)} would refuse: {answer.message}{about}"
    return _service_finding(question.step, REFUSED, "error", text, path=answer.path, fix=_fix(answer))


def _opening(who: str) -> str:
    return who[:1].upper() + who[1:]


def _fix(answer: DryRun) -> str:
    if answer.answer is not Answer.DENIED:
        return ""
    return f"Allow the caller the action imagebuilder:{answer.operation}, or what the message names."


def _skipped(step: Step, path: str, reason: str, who: str) -> Finding:
    return _service_finding(step, SKIPPED, "info", f"{_opening(who)} was not called: {reason}.", path=path)


def _service_finding(step: Step, id: str, severity: str, text: str, *, path: str = "", fix: str = "") -> Finding:
    return Finding(
        id=id, severity=severity, key=step.key, path=path, text=text, fix=fix, origin=_ORIGIN, source=step.source
    )
