"""The answers of one run's lookups: each question is asked once, whoever asks and however often the program runs.

An answer comes from the saved plan that is applied, from the state with `--frozen`, from a test's fixtures, or from the
service or function that knows it, in this order.
"""

from __future__ import annotations

import asyncio
import contextvars
import copy
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import field
from typing import TYPE_CHECKING, Any

from cloudwright.errors import LookupFailed, NoAnswer, StalePlan
from cloudwright.lazy_dataclass import dataclass
from cloudwright.plan.lookups import differing, with_effects
from cloudwright.plan.model import PinnedAnswer
from cloudwright.plan.sealed_values import seal_value, unseal_value
from cloudwright.program.document import encode
from cloudwright.program.lookup import check_answer
from cloudwright.secret import is_secret_marker
from cloudwright.state.changes import PutLookups

if TYPE_CHECKING:
    from collections.abc import Iterable

    from cloudwright.engine.run import Sealing, Services
    from cloudwright.plan.model import Plan
    from cloudwright.program.question import LookupQuestion
    from cloudwright.services.port import ServicePort
    from cloudwright.state.snapshot import Snapshot
    from cloudwright.target import DeclaredTarget, Target

Fixtures = Callable[[str, Mapping[str, Any]], list[Any]]
"""From a lookup's kind and arguments to the answer that a test has given, in a list; an empty one without any."""


@dataclass(frozen=True, slots=True)
class LookupAnswer:
    """A question with its answer.

    Attributes:
        key: What names the question in the state: its text, and where it was asked.
        place: Account and Region; empty for a lookup of the user's.
        value: May hold `Secret` objects.
    """

    key: str
    question: LookupQuestion
    place: str
    value: Any = field(repr=False)


@dataclass(slots=True, kw_only=True)
class PinnedAnswers:
    """Looks answers up, and remembers them as long as the run lasts.

    Attributes:
        services: The engine's ports.
        resolve: Finds the account and Region that a question means.
        fixtures: Answers that a test has given.
        recorded: The answers of the last deploy, as the state holds them.
        frozen: Whether those are the answers.
        saved: The answers of the plan that is applied, by key, with markers for secrets.
    """

    services: Services
    resolve: Callable[[DeclaredTarget], Awaitable[Target]]
    fixtures: Fixtures | None = None
    recorded: Mapping[str, Any] = field(default_factory=dict)
    frozen: bool = False
    saved: Mapping[str, Any] = field(default_factory=dict)
    _begun: dict[tuple[str, DeclaredTarget], asyncio.Task[LookupAnswer]] = field(default_factory=dict)
    _answers: dict[str, asyncio.Task[LookupAnswer]] = field(default_factory=dict)
    _service_port: ServicePort | None = None

    def begin(self, question: LookupQuestion) -> asyncio.Task[LookupAnswer]:
        """Look for an answer, unless that has begun already.

        Args:
            question: Equal questions of one run are asked once.
        """
        asked = (question.text, question.target)
        if asked not in self._begun:
            # In a context of its own: a lookup is asked once for all who await it, so it can't declare resources.
            context = contextvars.Context()
            self._begun[asked] = asyncio.get_running_loop().create_task(self._placed(question), context=context)
        return self._begun[asked]

    async def answer(self, question: LookupQuestion) -> LookupAnswer:
        """The answer, for this caller alone to change.

        Raises:
            CloudwrightError: There is none.
        """
        found = await asyncio.shield(self.begin(question))
        return LookupAnswer(found.key, found.question, found.place, copy.deepcopy(found.value))

    async def close(self) -> None:
        """End what nobody awaits any more."""
        tasks = [*self._begun.values(), *self._answers.values()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _placed(self, question: LookupQuestion) -> LookupAnswer:
        target = None if question.own else await self.resolve(question.target)
        place = str(target) if target else ""
        key = f"{question.text} in {place}" if place else question.text
        if key not in self._answers:
            self._answers[key] = asyncio.ensure_future(self._answered(key, question, place, target))
        return await self._answers[key]

    async def _answered(self, key: str, question: LookupQuestion, place: str, target: Target | None) -> LookupAnswer:
        saved = self.saved.get(key)
        if key in self.saved and not _holds_secret(saved):
            return LookupAnswer(key, question, place, saved)
        value = self._recorded(key, question) if self.frozen else await self._asked(question, target)
        if key in self.saved and encode(value, self.services.sealing.fingerprint) != saved:
            raise StalePlan(
                f"the answer of lookup {question.title} contains a secret that changed since the plan was made",
                hint="a plan contains no secrets, so they are looked up again: make a new plan",
            )
        return LookupAnswer(key, question, place, value)

    def _recorded(self, key: str, question: LookupQuestion) -> Any:
        if key not in self.recorded:
            raise LookupFailed(
                f"lookup {question.title} at {question.source} has no recorded answer that --frozen could keep",
                hint="deploy once without --frozen; an answer is recorded for its exact question, account and Region",
            )
        return unseal_value(self.recorded[key]["answer"], f"lookups/{key}", self.services.sealing)

    async def _asked(self, question: LookupQuestion, target: Target | None) -> Any:
        given = self.fixtures(question.kind, question.arguments) if self.fixtures else []
        if given:
            return copy.deepcopy(given[0])
        if target is None:
            value = await question.own() if question.own else None
            check_answer(value, f"lookup {question.title} at {question.source}")
            return value
        return await self._service_answer(question, target)

    async def _service_answer(self, question: LookupQuestion, target: Target) -> Any:
        from cloudwright.lookups.answers import Asker, local_hint

        await self.services.control.verify(target)
        try:
            return await Asker(self._port(), self.services.control, target).answer(question)
        except NoAnswer as error:
            if self.fixtures is None:
                raise
            raise NoAnswer(error.message, hint=local_hint(question)) from error

    def _port(self) -> ServicePort:
        if self._service_port is None:
            from cloudwright.services.port import RatedPort

            self._service_port = RatedPort(self.services.control)
        return self._service_port


def _holds_secret(value: Any) -> bool:
    if is_secret_marker(value):
        return True
    inside = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return any(map(_holds_secret, inside))


def pinned(
    answers: Iterable[LookupAnswer], plan: Plan, snapshot: Snapshot, sealing: Sealing
) -> tuple[PinnedAnswer, ...]:
    """The answers as a plan holds them, beside those of the last deploy, with what a new answer changes.

    Args:
        answers: Of one planning.
        plan: What was planned with them.
        snapshot: The state.
        sealing: Takes the fingerprints of secrets.
    """
    return with_effects((_pinned(one, snapshot, sealing) for one in answers), plan.steps, snapshot.records)


def _pinned(answered: LookupAnswer, snapshot: Snapshot, sealing: Sealing) -> PinnedAnswer:
    kept = snapshot.lookups.get(answered.key)
    before = unseal_value(kept["answer"], f"lookups/{answered.key}", sealing) if isinstance(kept, Mapping) else None
    return PinnedAnswer(
        key=answered.key,
        question=answered.question.text,
        label=answered.question.title,
        place=answered.place,
        answer=encode(answered.value, sealing.fingerprint),
        recorded=kept is not None,
        before=encode(before, sealing.fingerprint),
        source=answered.question.source,
    )


def recording(plan: Plan, answers: Iterable[LookupAnswer], snapshot: Snapshot, sealing: Sealing) -> list[PutLookups]:
    """What keeps a plan's answers in the state; empty if it holds them already.

    A plan of a part of the program keeps the other answers, and changes only those that change something in this part.

    Args:
        plan: The plan that is applied.
        answers: Those that it was made with.
        snapshot: The state.
        sealing: Encrypts secrets.
    """
    whole = plan.partial is None and not plan.targeted
    by_key = {pinned.key: pinned for pinned in plan.lookups}
    kept: dict[str, object] = {} if whole else dict(snapshot.lookups)
    for answered in answers:
        now = by_key[answered.key]
        if now.recorded and not differing(now):
            kept[answered.key] = snapshot.lookups[answered.key]
        elif whole or not now.recorded or now.effects:
            sealed = seal_value(answered.value, f"lookups/{answered.key}", sealing)
            kept[answered.key] = {"label": answered.question.title, "answer": sealed}
    return [] if kept == dict(snapshot.lookups) else [PutLookups(kept)]


def resealed(kept: Mapping[str, Any], old: Sealing, new: Sealing) -> dict[str, object]:
    """Recorded answers under another key.

    Args:
        kept: As the state holds them.
        old: Opens them.
        new: Encrypts them.
    """
    return {
        key: {**one, "answer": seal_value(unseal_value(one["answer"], f"lookups/{key}", old), f"lookups/{key}", new)}
        for key, one in kept.items()
    }
