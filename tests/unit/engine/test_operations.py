"""What the request runner writes and checks around one request."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from cloudwright.control.callers import Caller
from cloudwright.control.verdict import VerdictKind
from cloudwright.engine import recovery
from cloudwright.engine.operations import RESEND_AGE, UNSENT_LIMIT, RequestRunner, _Guard
from cloudwright.errors import IntentTooOld, NeedsHuman, ServiceError, TransportError
from dead_runs import HERE, raise_undecided, sent, vpc_create

if TYPE_CHECKING:
    from app_kit import World
    from cloudwright.engine.run import DeployRun
    from cloudwright.state.journal import JournalEntry

ROLE = "arn:aws:sts::000000000000:assumed-role/Deployer/"


async def journaled(run: DeployRun) -> JournalEntry:
    (entry,) = (await run.services.store.read()).journal
    return entry


def named(monkeypatch: pytest.MonkeyPatch, run: DeployRun, arn: str) -> None:
    async def caller(target: object) -> Caller:
        return Caller("000000000000", arn, "aws")

    monkeypatch.setattr(run.services.control, "caller", caller)


async def test_an_intent_names_the_principal_that_signs_it(run: DeployRun) -> None:
    await RequestRunner(run).open(vpc_create(run))

    assert (await journaled(run)).principal == (await run.services.control.caller(HERE)).arn != ""


async def test_an_intent_is_written_though_the_principal_cannot_be_known(
    run: DeployRun, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def caller(target: object) -> Caller:
        raise TransportError("no answer")

    monkeypatch.setattr(run.services.control, "caller", caller)
    await RequestRunner(run).open(vpc_create(run))

    assert (await journaled(run)).principal == ""


async def test_another_session_of_the_same_role_may_send_a_create_again(
    run: DeployRun, monkeypatch: pytest.MonkeyPatch
) -> None:
    named(monkeypatch, run, f"{ROLE}ci-1")
    await RequestRunner(run).open(vpc_create(run))
    named(monkeypatch, run, f"{ROLE}ci-2")

    assert (await recovery.inspect_journal(await run.services.store.read(), run.services)).resumes.keys() == {"a"}


async def test_a_session_of_another_role_does_not_send_a_create_again(
    run: DeployRun, monkeypatch: pytest.MonkeyPatch
) -> None:
    named(monkeypatch, run, f"{ROLE}ci-1")
    await RequestRunner(run).open(vpc_create(run))
    named(monkeypatch, run, f"{ROLE.replace('Deployer', 'Auditor')}ci-1")

    with pytest.raises(NeedsHuman, match="sent by arn:aws:sts::000000000000:assumed-role/Deployer/ci-1"):
        await raise_undecided(await run.services.store.read(), run.services)


async def test_the_request_token_is_in_the_journal_once_aws_answered(run: DeployRun) -> None:
    runner = RequestRunner(run)
    entry = await runner.open(vpc_create(run))
    judged = await runner.perform(entry, entry.body.encode(), timeout=600.0)

    assert judged.event is not None
    assert (await journaled(run)).request_token == judged.event.request_token


async def test_an_intent_that_was_delivered_stays_though_it_is_too_old_to_send_again(
    run: DeployRun, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def slept(target: object, operation: object, body: bytes, *, guard: _Guard) -> None:
        await guard()  # The first delivery is let through; its answer is lost while the machine sleeps.
        guard.opened -= UNSENT_LIMIT + 1.0
        await guard()

    runner = RequestRunner(run)
    entry = await runner.open(vpc_create(run))
    monkeypatch.setattr(run.services.control, "mutate", slept)
    with pytest.raises(IntentTooOld):
        await runner.perform(entry, entry.body.encode(), timeout=600.0)

    assert (await journaled(run)).id == entry.id


async def test_an_intent_that_was_never_delivered_is_withdrawn_once_too_old(
    run: DeployRun, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def slept(target: object, operation: object, body: bytes, *, guard: _Guard) -> None:
        guard.opened -= UNSENT_LIMIT + 1.0
        await guard()

    runner = RequestRunner(run)
    entry = await runner.open(vpc_create(run))
    monkeypatch.setattr(run.services.control, "mutate", slept)
    with pytest.raises(IntentTooOld):
        await runner.perform(entry, entry.body.encode(), timeout=600.0)

    assert (await run.services.store.read()).journal == ()


async def test_nothing_is_sent_again_once_aws_may_have_forgotten_the_token(world: World, run: DeployRun) -> None:
    entry = vpc_create(run, created_at=run.services.control.now(HERE) - RESEND_AGE - 1.0)
    with pytest.raises(IntentTooOld):
        await RequestRunner(run).resend(entry, entry.body.encode(), timeout=600.0)

    assert not (await run.services.control.requests(HERE)).events


async def test_a_refusal_of_a_resend_says_nothing_of_the_first_delivery(
    run: DeployRun, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def refuses(*args: object, **more: object) -> None:
        raise ServiceError("ConcurrentOperationException", "another request is at work", status=400)

    entry = vpc_create(run)
    await sent(entry, run.services)
    monkeypatch.setattr(run.services.control, "mutate", refuses)
    judged = await RequestRunner(run).resend(replace(entry), entry.body.encode(), timeout=600.0)

    assert judged.error is not None
    assert judged.error.unanswered
    assert judged.verdict.kind is VerdictKind.RUNNING
