from __future__ import annotations

import json
from pathlib import Path

import jsonschema_rs

from cloudwright.plan.drift import Condition, DriftReport, PathDrift, ResourceDrift
from cloudwright.render import json_lines
from cloudwright.render.plan.drift import drift_lines
from cloudwright.render.terminal.style import TerminalStyle
from cloudwright.target import Target

SCHEMA = json.loads((Path(__file__).parents[4] / "docs" / "json.schema.json").read_text(encoding="utf-8"))
HERE = Target("111122223333", "us-east-1")
PLAIN = TerminalStyle(width=100, color=False, unicode=True, live=False)


def resource(key: str, condition: Condition, *paths: PathDrift, reason: str = "") -> ResourceDrift:
    return ResourceDrift(
        key=key,
        type="AWS::SQS::Queue",
        identifier=f"id-{key}",
        target=HERE,
        condition=condition,
        paths=paths,
        reason=reason,
    )


def report() -> DriftReport:
    changed = resource(
        "changed",
        Condition.CHANGED,
        PathDrift("/DelaySeconds", "changed", 5, 0),
        PathDrift("/KmsMasterKeyId", "missing", "alias/a", None, "declared, but no longer there"),
        PathDrift("/Tags/1", "changed", None, {"Key": "by", "Value": "\x1b[31mhand"}, "there, but not declared"),
        PathDrift("/Password", "changed", {"$secret": "aa"}, {"$secret": "bb"}),
        PathDrift("/Policy", "changed", {"text": "x" * 200}, {"text": "y" * 200}),
    )
    hidden = [PathDrift(f"/P{n}", "unobservable", {"$secret": ""}, None, "write-only") for n in range(5)]
    hidden.append(PathDrift("/Days", "unobservable", 7, None, "AWS did not return it after it was written"))
    return DriftReport(
        app="payments",
        stage="prod",
        serial=7,
        resources=(
            changed,
            resource("fine", Condition.AS_DECLARED, *hidden),
            resource("gone", Condition.MISSING, reason="deleted outside cloudwright"),
            resource("shut", Condition.UNREADABLE, reason="AccessDenied: no"),
        ),
        notes=("odd is doubtful",),
        calls=4,
    )


def test_each_resource_tells_what_is_otherwise() -> None:
    lines = list(drift_lines(report(), PLAIN))

    assert "Drift  payments/prod  serial 7  (declared → live)" == lines[0]
    assert "1 changed, 1 missing, 1 unreadable, 1 as declared" == lines[1]
    assert "  ~ AWS::SQS::Queue  changed  id-changed  changed" in lines
    assert "      ~ DelaySeconds    5 → 0" in lines
    assert '      - KmsMasterKeyId  "alias/a"' in lines
    assert any(line.startswith("      + Tags/1") for line in lines)
    assert "  - AWS::SQS::Queue  gone  id-gone  missing" in lines
    assert "      # deleted outside cloudwright" in lines
    assert "  ? AWS::SQS::Queue  shut  id-shut  unreadable" in lines
    assert "  note: fine: drift at /P0, /P1, /P2, /P3, /P4 can't be seen (write-only)" in lines
    assert "  note: fine: drift at /Days can't be seen (AWS did not return it after it was written)" in lines
    assert "  note: odd is doubtful" == lines[-1]


def test_nothing_from_outside_moves_the_cursor_and_long_values_stay_short() -> None:
    lines = list(drift_lines(report(), PLAIN))

    assert "\x1b" not in "\n".join(lines)
    assert max(map(len, lines)) <= PLAIN.width


def test_no_drift_is_reported_in_one_line() -> None:
    fine = DriftReport(app="a", stage="b", serial=1, resources=(resource("x", Condition.AS_DECLARED),))

    assert ["Drift  a/b  serial 1", "no drift, 1 as declared"] == list(drift_lines(fine, PLAIN))


def test_the_json_lines_fit_their_schema_and_hold_no_fingerprint() -> None:
    validator = jsonschema_rs.validator_for(SCHEMA)
    lines = [json.loads(json_lines.encode(line)) for line in json_lines.drift_lines(report())]

    for line in lines:
        validator.validate(line)
    assert ["drift"] * 4 + ["drift_result"] == [line["type"] for line in lines]
    assert {"as_declared": 1, "changed": 1, "missing": 1, "unreadable": 1} == lines[-1]["counts"]
    assert '"aa"' not in json.dumps(lines)
