from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest

from cloudwright.engine.outcome import RunNotice, Status, StepFinished, StepProgress, StepStarted
from cloudwright.errors import LockHeld
from cloudwright.plan.model import Action
from cloudwright.render import json_lines
from render_samples import every_kind, lease, mixed_result, outcome, partial, record, snapshot

DOCS = Path(__file__).parents[3] / "docs"
SCHEMA = json.loads((DOCS / "json.schema.json").read_text(encoding="utf-8"))
VALIDATOR = jsonschema_rs.validator_for(SCHEMA)


def samples() -> list[json_lines.Line]:
    happened = (
        StepStarted(key="a", type="T", action=Action.CREATE, at=1.0),
        StepProgress(key="a", text="creating", at=1.0),
        StepFinished(outcome=outcome(), at=2.0),
        RunNotice(text="x", at=2.0),
    )
    result = mixed_result()
    state = snapshot()
    return [
        json_lines.version_line("plan"),
        *json_lines.plan_lines(every_kind()),
        *json_lines.plan_lines(partial()),
        *(json_lines.event_line(event) for event in happened),
        *(json_lines.outcome_line(ended) for ended in result.outcomes),
        json_lines.outputs_line(result.outputs),
        json_lines.result_line(result, 3),
        *(json_lines.record_line(kept) for kept in state.records),
        *(json_lines.entry_line(entry) for entry in state.journal),
        json_lines.lease_line(lease()),
        json_lines.error_line(LockHeld("held", hint="wait"), 4),
        json_lines.error_line(ValueError("x"), 1),
    ]


@pytest.mark.parametrize("line", samples(), ids=lambda line: str(line["type"]))
def test_every_line_fits_the_documented_schema(line: json_lines.Line) -> None:
    VALIDATOR.validate(json.loads(json_lines.encode(line)))


@pytest.mark.parametrize("hint", ["`cloudwright unlock FILE` frees it", None])
def test_the_hint_of_a_failed_step_is_not_repeated_in_its_message(hint: str | None) -> None:
    error = LockHeld("somebody holds it", hint=hint)
    line = json_lines.outcome_line(outcome(status=Status.FAILED, error=error, message=str(error)))

    assert (line["message"], line["hint"]) == ("somebody holds it", hint)


def test_the_schema_refuses_what_is_not_documented() -> None:
    assert not VALIDATOR.is_valid({"type": "version", "format": "1.0", "cloudwright": "1", "command": "x", "more": 1})
    assert not VALIDATOR.is_valid({"type": "news"})


def lines_of_schema() -> dict[str, dict[str, Any]]:
    parts = {name.removeprefix("line_"): node for name, node in SCHEMA["$defs"].items() if name.startswith("line_")}
    assert parts

    return parts


@pytest.mark.parametrize("kind", lines_of_schema())
def test_the_page_describes_each_line_and_its_fields(kind: str) -> None:
    page = (DOCS / "json.md").read_text(encoding="utf-8")
    row = next(row for row in page.splitlines() if row.startswith(f"| `{kind}` |"))
    fields = set(lines_of_schema()[kind]["properties"]) - {"type"}

    assert not {field for field in fields if f"`{field}`" not in row}


def test_no_line_holds_a_secret_or_its_fingerprint() -> None:
    text = "\n".join(json_lines.encode(line) for line in samples())

    assert not {"hunter2", "f00d", '"aaa"', '"bbb"'} & {
        word for word in ("hunter2", "f00d", '"aaa"', '"bbb"') if word in text
    }
    assert '{"$secret":"(secret)"}' in text


def test_lines_are_ascii_without_control_characters() -> None:
    line = json_lines.record_line(record("k\x1b[2J\u202eé\n\ud800"))

    assert all(" " <= c <= "~" for c in json_lines.encode(line))
    assert line["key"] == json.loads(json_lines.encode(line))["key"]
