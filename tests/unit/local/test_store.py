"""What survives the end of a process, and what two processes see of each other."""

from __future__ import annotations

import random
import stat
from typing import TYPE_CHECKING

import pytest

from cloudwright.errors import StateTooNew, StateUnavailable
from cloudwright.local.rows import AccountRegion, StoredRequest
from cloudwright.local.store import CloudStore
from local_kit import ACCOUNT, FLAGSHIP, REGION, WIDGET, Api, StillClock, distribution

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

PLACE = AccountRegion(ACCOUNT, REGION)


async def test_a_cloud_continues_where_it_was_closed(make_api: Callable[..., Api], tmp_path: Path) -> None:
    first = make_api(store=CloudStore(tmp_path / "cloud.db"))
    arn = await first.made(FLAGSHIP, distribution())
    running = await first.create(WIDGET, {"Name": "one", "Secret": "s"})
    first.cloud.close()

    second = make_api(store=CloudStore(tmp_path / "cloud.db"), clock=first.clock)
    early = await second.status(running.token)
    second.clock.advance(1)
    late = await second.status(running.token)

    assert (await second.get(FLAGSHIP, arn)).model["Arn"] == arn
    assert (early.event["OperationStatus"], late.event["OperationStatus"]) == ("IN_PROGRESS", "SUCCESS")
    assert [one.properties.get("Secret") for one in second.cloud.resources()] == [None, "s"]


async def test_two_processes_share_one_file(make_api: Callable[..., Api], tmp_path: Path) -> None:
    clock = StillClock()
    one, other = (make_api(store=CloudStore(tmp_path / "cloud.db"), clock=clock) for _ in range(2))

    answers = [await api.create(WIDGET, {"Name": f"w-{number}"}) for number, api in enumerate([one, other] * 3)]
    clock.advance(1)

    assert len({answer.token for answer in answers}) == 6
    assert len(one.cloud.resources()) == len(other.cloud.resources()) == 6


def test_the_file_is_for_its_owner_alone(tmp_path: Path) -> None:
    store = CloudStore(tmp_path / "deep" / "cloud.db")
    store.close()

    assert stat.S_IMODE((tmp_path / "deep" / "cloud.db").stat().st_mode) == 0o600


def test_a_newer_file_is_left_alone(tmp_path: Path) -> None:
    import sqlite3

    path = tmp_path / "cloud.db"
    database = sqlite3.connect(path)
    database.execute("PRAGMA user_version = 99")
    database.close()

    with pytest.raises(StateTooNew, match="has layout 99; this version reads up to 1"):
        CloudStore(path)


def test_a_file_that_is_not_a_database_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "cloud.db"
    path.write_bytes(b"no database at all " * 100)

    with pytest.raises(StateUnavailable, match=r"can't use .*cloud.db.*\nMove the file away"):
        CloudStore(path)
    assert path.read_bytes().startswith(b"no database")


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")

    with pytest.raises(StateUnavailable, match=r"can't store its resources in .*file/cloud.db"):
        CloudStore(tmp_path / "file" / "cloud.db")


async def test_what_is_refused_leaves_no_trace(api: Api) -> None:
    await api.create(WIDGET, {"Name": True})
    await api.update(WIDGET, "missing")

    assert api.cloud.requests() == []
    assert api.cloud.resources() == []


@pytest.mark.parametrize("statement", ["page", "open_request", "due", "request_of_client", "requests", "find"])
def test_every_look_up_goes_through_an_index(statement: str) -> None:
    store = CloudStore()
    seen: list[str] = []
    store._db.set_trace_callback(seen.append)
    place = PLACE
    look_ups: dict[str, Callable[[], object]] = {
        "page": lambda: store.page(place, WIDGET, 0, 9),
        "open_request": lambda: store.open_request(place, WIDGET, "one"),
        "due": lambda: store.due(1.0),
        "request_of_client": lambda: store.request_of_client(place, "token", 0.0),
        "requests": lambda: store.requests(place, before=None, since=0.0, limit=9, operations=(), statuses=()),
        "find": lambda: store.find(place, WIDGET, "one"),
    }
    look_ups[statement]()
    store._db.set_trace_callback(None)

    plan = " ".join(str(row) for row in store._db.execute(f"EXPLAIN QUERY PLAN {seen[0]}"))
    store.close()

    assert "SCAN" not in plan
    assert "USING INDEX" in plan


def outcomes(store: CloudStore, count: int) -> list[StoredRequest]:
    """Requests of every operation and status; failures are rare."""
    dice, kept = random.Random(7), []
    with store.transaction():
        for number in range(count):
            operation = dice.choice(["CREATE", "UPDATE", "DELETE", ""])
            status = "FAILED" if number % 97 == 5 else dice.choice(["SUCCESS", "IN_PROGRESS", "CANCEL_COMPLETE"])
            request = StoredRequest(
                PLACE, f"t{number}", f"c{number}", "", WIDGET, operation, None, status, float(number), None
            )
            store.add_request(request)
            kept.append(request)
    return kept[::-1]


@pytest.mark.parametrize("operations", [[], ["CREATE"], ["DELETE", "UPDATE", "DELETE"]])
@pytest.mark.parametrize("statuses", [[], ["FAILED"], ["SUCCESS", "PENDING", "FAILED", "FAILED"]])
def test_requests_are_filtered_and_stay_in_order(operations: list[str], statuses: list[str]) -> None:
    store = CloudStore()
    kept = outcomes(store, 400)
    before = kept[20].seq

    found = store.requests(PLACE, before=before, since=50.0, limit=30, operations=operations, statuses=statuses)
    store.close()

    fitting = [
        one.token
        for one in kept
        if one.seq < before
        and one.event_time >= 50.0
        and (not operations or one.operation in operations)
        and (not statuses or one.status in statuses)
    ]
    assert fitting[:30] == [one.token for one in found]


@pytest.mark.parametrize("statuses", [[], ["FAILED"], ["PENDING"]])
def test_a_page_of_requests_costs_the_same_however_many_there_are(statuses: list[str]) -> None:
    def cost(count: int) -> int:
        store, steps = CloudStore(), 0
        outcomes(store, count)

        def step() -> int:
            nonlocal steps
            steps += 1
            return 0

        store._db.set_progress_handler(step, 10)
        store.requests(PLACE, before=None, since=0.0, limit=5, operations=[], statuses=statuses)
        store._db.set_progress_handler(None, 0)
        store.close()
        return steps

    assert cost(9_000) <= 1.2 * cost(3_000)
