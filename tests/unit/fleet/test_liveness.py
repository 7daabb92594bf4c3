"""Who counts as gone: by the time that the one who looks has waited, whatever clocks say."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from dataclasses import dataclass

from cloudwright.fleet.liveness import DEAD_AFTER, LOST_AFTER, SEEN, Heartbeats, LostTargets, alive, here
from cloudwright.fleet.model import FleetWorker


@dataclass
class Watch:
    seconds: float = 0.0

    def __call__(self) -> float:
        return self.seconds


def worker(name: str, seen_at: float, *, host: str = "elsewhere", pid: int = 1, silence: float = 0.0) -> FleetWorker:
    return FleetWorker(name=name, host=host, pid=pid, seen_at=seen_at, silence=silence)


def ended_process() -> int:
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    return ended.pid


def names(presence: Heartbeats, *workers: FleetWorker) -> list[str]:
    return [one.name for one in presence.dead(workers)]


def test_a_worker_is_gone_once_it_was_silent_for_long_enough_here() -> None:
    watch = Watch()
    presence = Heartbeats("me", watch)

    while watch.seconds < DEAD_AFTER:
        assert names(presence, worker("other", 100.0)) == []
        watch.seconds += SEEN - 0.1
    assert names(presence, worker("other", 100.0)) == ["other"]
    assert names(presence, worker("other", 105.0)) == [], "it sent a heartbeat after all"


def test_a_clock_of_the_database_that_jumps_makes_nobody_gone_and_keeps_nobody_alive() -> None:
    watch = Watch()
    presence = Heartbeats("me", watch)
    ahead, back = 1e9, -1e9

    assert names(presence, worker("alive", 100.0), worker("dead", 100.0)) == []
    watch.seconds = 5.0
    assert names(presence, worker("alive", 105.0 + ahead), worker("dead", 100.0)) == []
    for more in range(4):
        watch.seconds += SEEN
        found = names(presence, worker("alive", 110.0 + back + more), worker("dead", 100.0))
    assert found == ["dead"]


def test_a_worker_is_never_gone_to_itself() -> None:
    watch = Watch()
    presence = Heartbeats("me", watch)

    names(presence, worker("me", 100.0))
    watch.seconds = 10 * DEAD_AFTER
    assert names(presence, worker("me", 100.0)) == []


def test_a_process_of_this_machine_that_is_no_more_is_gone_at_once() -> None:
    ended = ended_process()
    found = [
        worker("ended", 1.0, host=here(), pid=ended),
        worker("lives", 1.0, host=here(), pid=os.getpid()),
        worker("theirs", 1.0, pid=ended),
        worker("in a container", 1.0, host=f"{socket.gethostname()}/1.2", pid=ended),
    ]

    assert names(Heartbeats("me"), *found) == ["ended"]


def test_a_time_in_which_nobody_could_be_seen_makes_nobody_gone() -> None:
    watch = Watch()
    presence = Heartbeats("me", watch)

    names(presence, worker("other", 100.0))
    watch.seconds = 600.0  # the database was away
    assert names(presence, worker("other", 100.0)) == []
    watch.seconds += SEEN
    assert names(presence, worker("other", 605.0)) == []


def test_what_a_process_has_let_go_of_is_found_after_a_while() -> None:
    watch = Watch()
    lost = LostTargets(watch)

    assert lost.found(["a", "b"], {"a"}) == []
    watch.seconds = LOST_AFTER + 0.1
    assert lost.found(["a", "b"], {"a"}) == ["b"]
    assert lost.found(["a", "b"], {"a", "b"}) == []
    assert lost.found(["a", "b"], set()) == [], "it was worked on a moment ago"


def test_a_lease_is_held_by_a_machine_and_a_process() -> None:
    assert worker("w", 1.0, host=here(), pid=7).holder == (socket.gethostname(), 7)


def test_who_may_be_alive_is_told_at_one_look() -> None:
    found = [
        worker("lives", 1.0),
        worker("silent", 1.0, silence=DEAD_AFTER + 1),
        worker("ended", 1.0, host=here(), pid=ended_process()),
    ]

    assert alive(found) == {"lives"}
