"""Actions at every kill point and fault: none is lost, none that may run once runs twice, and doubt is reported."""

from __future__ import annotations

import pytest

from cloudwright import ActionContext, action
from cloudwright.aws.control import AWS
from cloudwright.testing import Effects, check_action


def once_after(effects: Effects, delay: int) -> None:
    queue = AWS.SQS.Queue("queue", QueueName="jobs", DelaySeconds=delay)

    @action(after=queue, delivery="at-most-once")
    async def charge(context: ActionContext, name: str) -> str:
        effects.record(context, f"charge {delay}")
        return f"{name}-{delay}"

    AWS.SSM.Parameter("receipt", Name="/receipt", Type="String", Value=charge(queue.QueueName).result)


def chain_after(effects: Effects, delay: int) -> None:
    queue = AWS.SQS.Queue("queue", QueueName="jobs", DelaySeconds=delay)

    @action(after=queue)
    async def migrate(context: ActionContext, name: str) -> int:
        effects.record(context, f"migrate {delay}")
        return delay

    done = migrate(queue.QueueName)

    @action(after=done)
    async def announce(context: ActionContext, version: int) -> None:
        effects.record(context, f"announce {version}")

    announce(done.result)


def once_first(effects: Effects) -> None:
    once_after(effects, 1)


def once_then(effects: Effects) -> None:
    once_after(effects, 2)


def chain_first(effects: Effects) -> None:
    chain_after(effects, 1)


def chain_then(effects: Effects) -> None:
    chain_after(effects, 2)


def test_what_runs_at_least_once_is_never_lost_and_leaves_no_doubt() -> None:
    report = check_action(chain_first, chain_then)

    assert len(report.strikes) > 40
    assert not report.doubtful


def test_what_runs_at_most_once_never_runs_twice_and_doubt_is_reported() -> None:
    report = check_action(once_first, once_then)

    assert {"before an effect", "after an effect"} <= {strike.point for strike in report.doubtful}
    assert {"kill", "fail"} == {strike.fault for strike in report.doubtful}


def test_the_check_finds_an_action_that_takes_a_beginning_for_the_end() -> None:
    begun: set[int] = set()

    def program(effects: Effects) -> None:
        @action
        async def announce(context: ActionContext) -> None:
            if id(effects) not in begun:
                begun.add(id(effects))
                kept.append(effects)
                effects.record(context, "announced")

        announce()

    kept: list[Effects] = []  # so that no two have the same id
    with pytest.raises(AssertionError, match=r"strikes did harm:\n  (kill|fail) before an effect: lost: announced"):
        check_action(program)
