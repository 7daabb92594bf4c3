from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest

from cloudwright.fleet.model import Attempt, FleetRun, FleetSpec, TargetStatus, Verb
from cloudwright.render.contract.fleet import FleetBegunLine, FleetMessageLine, FleetWorkerLine
from cloudwright.render.fleet.text import TEXTS, attempt_line, run_line, run_lines
from cloudwright.render.terminal.style import TerminalStyle

SCHEMA = json.loads((Path(__file__).parents[4] / "docs" / "json.schema.json").read_text(encoding="utf-8"))
RUN = FleetRun(
    id="r1", made_at=1.0, spec=FleetSpec(program="/infra.py", files={"infra.py": "d"}, app="shop", targets=())
)
ATTEMPTS = [
    Attempt(target="prod-eu", number=1, status=TargetStatus.DONE, worker="w", changes=3, digest="d", seconds=2.5),
    Attempt(target="prod-us", number=2, status=TargetStatus.FAILED, error="no credentials"),
]


@pytest.mark.parametrize(
    "line",
    [
        *(attempt_line(RUN, attempt) for attempt in ATTEMPTS),
        run_line(RUN, "done, with failures", ATTEMPTS),
        FleetBegunLine(run="r1").as_object(),
        FleetWorkerLine(worker="w").as_object(),
        FleetWorkerLine(worker="w", text="ended").as_object(),
        FleetMessageLine(run="r1", verb="pause", text="paused").as_object(),
    ],
    ids=lambda line: line["type"],
)
def test_every_line_of_a_fleet_fits_the_documented_schema(line: dict[str, Any]) -> None:
    jsonschema_rs.validate(SCHEMA, json.loads(json.dumps(line)))


def test_a_message_of_several_targets_is_shown_once() -> None:
    told = [
        replace(ATTEMPTS[0], target=name, notes=("other apps use its outputs: web/prod",)) for name in ("eu-1", "eu-2")
    ]

    assert list(run_lines(RUN, "done", told, TerminalStyle())) == [
        "Fleet run r1  deploy of shop  done  2 done",
        "  done                  eu-1  3 changes  2.5 s",
        "  done                  eu-2  3 changes  2.5 s",
        "",
        "  note  eu-1, eu-2",
        "      other apps use its outputs: web/prod",
    ]


def test_drift_is_reported_with_the_command_that_shows_it() -> None:
    made = replace(RUN, spec=replace(RUN.spec, verb=Verb.DRIFT))
    (calm, drifted) = (replace(ATTEMPTS[0], target=f"eu-{n}", changes=0, drifted=n, seconds=0.0) for n in (0, 1))

    assert list(run_lines(made, "done", [calm, drifted], TerminalStyle())) == [
        "Fleet run r1  drift of shop  done  2 done; 1 resource drifted in 1 target",
        "  done                  eu-0",
        "  done                  eu-1  1 drifted",
        "",
        "  look: cloudwright fleet plan r1",
    ]
    assert next(run_lines(made, "done", [calm], TerminalStyle())).endswith("done  1 done; no drift")
    assert next(run_lines(made, "running", [calm], TerminalStyle())).endswith("running  1 done")


def test_a_large_fleet_that_fails_is_reported_in_few_lines() -> None:
    alike = [Attempt(target=f"eu-{n}", number=1, status=TargetStatus.FAILED, error="no role") for n in range(50)]
    each = [Attempt(target=f"us-{n}", number=1, status=TargetStatus.FAILED, error=f"no role {n}") for n in range(50)]
    lines = list(run_lines(RUN, "done, with failures", [*alike, *each], TerminalStyle()))[101:]

    assert lines[:3] == ["", "  failed  eu-0, eu-1, eu-2, eu-3, eu-4 and 45 more", "      no role"]
    assert lines[-4:] == [
        "",
        "  failed  31 more different ones; --json shows all",
        "",
        "  next: cloudwright fleet retry r1",
    ]
    assert len(lines) == 3 * TEXTS + 4
