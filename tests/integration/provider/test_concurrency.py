"""No more methods of a provider run at the same time than it allows."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from cloudwright import App
from cloudwright.errors import ProgramError
from cloudwright.testing import check_provider
from integration.provider.dns import CarelessRecords, Dns, FindingRecords, Record

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Mapping

    from cloudwright.provider import Context, Made
    from cloudwright.testing import AppRunner

RECORDS = 6


class CountedRecords(FindingRecords):
    """Counts the methods that run at the same time."""

    runs_locally = True

    def __init__(self, dns: Dns) -> None:
        super().__init__(dns)
        self.running = self.most = 0

    async def counted(self, method: Coroutine[Any, Any, Any]) -> Any:
        self.running += 1
        self.most = max(self.most, self.running)
        try:
            await asyncio.sleep(0.01)
            return await method
        finally:
            self.running -= 1

    async def create(self, new: Record, context: Context) -> Made:
        made: Made = await self.counted(super().create(new, context))
        return made

    async def read(self, identifier: str, context: Context) -> Mapping[str, object] | None:
        live: Mapping[str, object] | None = await self.counted(super().read(identifier, context))
        return live

    async def delete(self, identifier: str, context: Context) -> None:
        await self.counted(super().delete(identifier, context))


class FewRecords(CountedRecords):
    concurrency = 2


def records() -> None:
    for number in range(RECORDS):
        Record(f"r{number}", zone="example.com", name=f"r{number}", values=["192.0.2.1"])


def app_of(provider: CountedRecords) -> App:
    app = App("dns", providers=[provider])
    app.program(records)
    return app


LIFE: list[Callable[[AppRunner, App], object]] = [
    lambda runner, app: runner.deploy(app),
    lambda runner, app: runner.drift(app),
    lambda runner, app: runner.destroy(app),
]


def most_in_each_step(runner: AppRunner, provider: CountedRecords) -> list[int]:
    found = []
    for step in LIFE:
        provider.most = 0
        step(runner, app_of(provider))
        found.append(provider.most)
    return found


def test_a_limit_holds_in_deploy_drift_and_destroy(app_runner: AppRunner) -> None:
    provider = FewRecords(Dns())

    assert most_in_each_step(app_runner, provider) == [2, 2, 2]
    assert {} == provider.dns.records


def test_without_a_limit_all_run_at_the_same_time(app_runner: AppRunner) -> None:
    assert most_in_each_step(app_runner, CountedRecords(Dns()))[0] == RECORDS


@pytest.mark.parametrize("limit", [0, -1, True, "4", 2.0])
def test_what_is_no_limit_is_refused(limit: object, app_runner: AppRunner) -> None:
    strange: type[CountedRecords] = type("StrangeRecords", (CountedRecords,), {"concurrency": limit})
    wanted = f"StrangeRecords.concurrency is {limit!r}; it must be a whole number of at least 1, or None for no limit"

    with pytest.raises(ProgramError) as refused:
        app_runner.plan(app_of(strange(Dns())))
    assert wanted == refused.value.message


class OneCarelessRecord(CarelessRecords):
    concurrency = 1


def two() -> None:
    for name in ("a", "b"):
        Record(name, zone="example.com", name=name, values=["192.0.2.1"])


def three() -> None:
    two()
    Record("c", zone="example.com", name="c", values=["192.0.2.1"])


def test_a_crash_leaves_no_doubt_about_what_waited_for_its_turn() -> None:
    # Two resources of one crash that nobody knows about would be harm: the check allows one, which had begun.
    report = check_provider(Dns, OneCarelessRecord, two, three, live=lambda dns: dns.records)

    assert report.doubtful


class PatientRecords(FewRecords):
    """Every create takes more than three seconds."""

    async def create(self, new: Record, context: Context) -> Made:
        await asyncio.sleep(3.0)
        return await super().create(new, context)


def test_the_time_in_the_queue_does_not_count_towards_a_timeout(app_runner: AppRunner) -> None:
    provider = PatientRecords(Dns())
    app = App("dns", providers=[provider])

    @app.program
    def program() -> None:
        for number in range(RECORDS):
            Record(f"r{number}", zone="example.com", name=f"r{number}", values=["192.0.2.1"], timeout=6)

    app_runner.deploy(app)
    assert len(provider.dns.records) == RECORDS


@pytest.mark.parametrize(
    ("option", "value", "shown"),
    [
        ("timeout_minutes", 0, "timeout_minutes is 0; it must be a whole number from 1"),
        ("idempotent", "no", "idempotent is 'no'; it must be True or False"),
        ("runs_locally", 1, "runs_locally is 1; it must be True or False"),
        ("retry", ConnectionError, "a tuple of exception classes, such as (ConnectionError,)"),
        ("retry", ("ConnectionError",), "retry is ('ConnectionError',); it must be a tuple of exception classes"),
        ("permissions", "s3:GetObject", "permissions is 's3:GetObject'; it must be a tuple of texts"),
    ],
)
def test_another_option_that_can_not_be_is_refused(
    app_runner: AppRunner, option: str, value: object, shown: str
) -> None:
    strange: type[CountedRecords] = type("StrangeRecords", (CountedRecords,), {option: value})

    with pytest.raises(ProgramError) as refused:
        app_runner.plan(app_of(strange(Dns())))
    assert "StrangeRecords." in str(refused.value)
    assert shown in str(refused.value)
