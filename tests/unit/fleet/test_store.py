"""The fleet's facts, over both databases."""

from __future__ import annotations

import os
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from cloudwright.errors import ProgramError, StateUnavailable
from cloudwright.fleet.model import FleetSpec, RunControl, Verb
from cloudwright.fleet.store import FleetStore
from cloudwright.fleet.targets import FleetTarget

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SPEC = FleetSpec(
    program="/p", files={"infra.py": "d"}, app="a", targets=(FleetTarget("111122223333", "eu-west-1", "prod", "", 2),)
)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[FleetStore]:
    opened = FleetStore(f"sqlite:///{tmp_path / 'fleet.db'}")
    yield opened
    opened.close()


def test_a_run_is_read_as_it_was_kept(store: FleetStore) -> None:
    made = store.add(replace(SPEC, verb=Verb.DESTROY))

    assert store.run() == made
    assert store.run(made.id).spec.verb is Verb.DESTROY


def test_what_people_say_is_kept(store: FleetStore) -> None:
    made = store.add(SPEC)

    store.set_control(made, RunControl.PAUSED)
    store.approve(made, {"t": "x"})
    assert (store.run().decision, store.run().approved) == (RunControl.PAUSED, {"t": "x"})

    store.request_retry(store.run(), {"t": 1})
    assert (store.run().decision, store.run().again) == (RunControl.PAUSED, {"t": 1})


def test_what_two_people_say_at_once_is_kept(store: FleetStore) -> None:
    made = store.add(SPEC)

    store.approve(made, {"t": "x"})
    store.approve(made, {"u": "y"})

    assert store.run().approved == {"t": "x", "u": "y"}


def test_a_run_rests_until_somebody_says_something(store: FleetStore) -> None:
    made = store.add(SPEC)
    assert store.active() == [made]

    store.approve(made, {"t": "x"})
    store.set_inactive(made)
    assert store.active() == [store.run()], "what was said after it was read counts"

    store.set_inactive(store.run())
    assert store.active() == []
    store.set_control(made, RunControl.PAUSED)
    assert store.active() == [store.run()]


def test_the_newest_run_is_meant_where_none_is_named(store: FleetStore) -> None:
    store.add(SPEC)
    second = store.add(SPEC)

    assert store.run().id == second.id


def test_an_unknown_run_names_the_known_ones(store: FleetStore) -> None:
    with pytest.raises(ProgramError, match="there are no fleet runs"):
        store.run()
    made = store.add(SPEC)
    with pytest.raises(ProgramError, match="there is no fleet run 'x'") as caught:
        store.run("x")

    assert made.id in str(caught.value.hint)


def test_a_worker_gives_signs_of_life_and_leaves(store: FleetStore) -> None:
    store.write_heartbeat("w")
    store.write_heartbeat("w")
    (worker,) = store.workers()

    assert (worker.name, worker.pid) == ("w", os.getpid())
    assert 0 <= worker.silence < 60
    store.remove_workers(["w"])
    assert store.workers() == []


def test_a_database_that_can_not_be_used_is_told_without_its_statement() -> None:
    with pytest.raises(StateUnavailable, match="can't be used: unable to open database file") as caught:
        FleetStore("sqlite:////nowhere/fleet.db")

    assert "CREATE" not in str(caught.value)
    assert "--database" in str(caught.value.hint)
