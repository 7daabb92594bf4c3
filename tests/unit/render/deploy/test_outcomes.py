from __future__ import annotations

import pytest

from cloudwright.engine.outcome import Outcome, Result, Status
from cloudwright.plan.model import Action
from cloudwright.render.deploy.outcomes import OutcomeText, duration, exit_code_of
from cloudwright.render.terminal.style import TerminalStyle
from render_samples import mixed_result, outcome


def text(result: Result) -> str:
    return "\n".join(OutcomeText(TerminalStyle()).lines(result))


def test_the_end_of_a_mixed_run_reads_like_this() -> None:
    assert (
        text(mixed_result())
        == """\
Outputs:
  Arn       "arn:1"
  Password  (secret)

Slowest:
  +          6.0 s  ok5
  +          5.0 s  ok4
  +          4.0 s  ok3
  +          3.0 s  ok2
  +          2.0 s  ok1

  note: noted: a hook warned
+   create failed  AWS::ImageBuilder::DistributionConfiguration  bad  infra.py:12
    Rate exceeded (ThrottlingException)
    request token token-1
    fix: wait a little
skipped because bad does not exist: late
still running at AWS: slow (request token token-2)
  The next run follows these requests to their end; nothing is sent twice.

not complete: 6 created, 1 updated, 1 failed, 1 skipped, 1 still running in 1 min 15 s, 14 calls"""
    )


def test_nothing_done_is_nothing_said() -> None:
    done = Result(outcomes=(outcome(action=Action.NONE, status=Status.UNCHANGED),))

    assert text(done) == "ok: 0 changes in 0.0 s, 0 calls"


def test_failures_of_one_cause_share_its_text() -> None:
    failed = tuple(outcome(f"r{n}", status=Status.FAILED, message="Rate exceeded") for n in range(3))

    assert text(Result(outcomes=failed)).count("Rate exceeded") == 1


def test_what_was_not_deleted_keeps_what_it_needs() -> None:
    kept = outcome("vpc", Action.DELETE, status=Status.SKIPPED, waited_for="subnet")

    assert "skipped because subnet still exists: vpc" in text(Result(outcomes=(kept,)))


def test_an_unexplained_failure_still_says_something() -> None:
    failed = outcome(status=Status.FAILED, error=RuntimeError("boom\x1b[2J"))

    assert r"RuntimeError: boom\x1b[2J" in text(Result(outcomes=(failed,)))


def test_the_old_half_of_a_replacement_is_no_delete_of_its_own() -> None:
    halves = (outcome("a", Action.REPLACE), outcome("a", Action.DELETE), outcome("b", Action.DELETE))

    assert text(Result(outcomes=halves)).startswith("ok: 1 replaced, 1 deleted in")


DONE = outcome()
SAME = outcome(action=Action.NONE)
FAILED = outcome(status=Status.FAILED)


@pytest.mark.parametrize(
    ("outcomes", "interrupted", "code"),
    [
        ((DONE,), 0, 0),
        ((), 0, 0),
        ((FAILED,), 0, 1),
        ((SAME, FAILED), 0, 1),
        ((DONE, FAILED), 0, 3),
        ((DONE,), 2, 130),
        ((DONE, FAILED), 15, 143),
    ],
)
def test_the_exit_code_tells_failed_from_partly_done(
    outcomes: tuple[Outcome, ...], interrupted: int, code: int
) -> None:
    assert code == exit_code_of(Result(outcomes=outcomes, interrupted=interrupted))


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0.04, "0.0 s"),
        (9.94, "9.9 s"),
        (9.96, "10 s"),
        (59.6, "1 min 0 s"),
        (185, "3 min 5 s"),
        (7200, "2 h"),
        (7800, "2 h 10 min"),
    ],
)
def test_durations_are_shown_as_people_say_them(seconds: float, words: str) -> None:
    assert words == duration(seconds)
