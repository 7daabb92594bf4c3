"""Plans in files: written once, read back exactly, refused if their format is unknown."""

from __future__ import annotations

import contextlib
import json
import os
from dataclasses import asdict, field, fields
from typing import TYPE_CHECKING, Any, TypeVar

from cloudwright.errors import PlanError, StalePlan
from cloudwright.lazy_dataclass import dataclass
from cloudwright.os_errors import machine_error
from cloudwright.plan.drift import Condition, DriftReport, PathDrift, ResourceDrift
from cloudwright.plan.lookups import saved_answers
from cloudwright.plan.model import (
    FORMAT,
    Action,
    Change,
    Consent,
    Declared,
    Finding,
    Order,
    Partial,
    PinnedAnswer,
    Plan,
    Step,
)
from cloudwright.plan.options import PlanOptions
from cloudwright.program.source import Source
from cloudwright.target import CredentialSource, Target

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

T = TypeVar("T")

_REPLAN = "look at a fresh plan: `cloudwright plan FILE -o PLANFILE`, then deploy that one"


@dataclass(frozen=True, slots=True)
class Saved:
    """A plan and its options; both are needed to compute the same plan again."""

    plan: Plan
    options: PlanOptions = field(default_factory=PlanOptions)


def refuse_stale(saved: Plan, plan: Plan) -> None:
    """Check that a saved plan still says what a deploy would do.

    Raises:
        StalePlan: It does not.
    """
    if (saved.app, saved.stage) != (plan.app, plan.stage):
        raise StalePlan(
            f"the saved plan is for {saved.app}/{saved.stage}, not for {plan.app}/{plan.stage}",
            hint="pass the file and stage that it was made for",
        )
    if saved.serial != plan.serial:
        raise StalePlan(
            f"the state changed since the plan was made (serial {saved.serial} -> {plan.serial})", hint=_REPLAN
        )
    if saved.digest != plan.digest or saved_answers(saved.lookups) != saved_answers(plan.lookups):
        raise StalePlan("the program changed since the plan was made", hint=_REPLAN)


def to_json(saved: Saved) -> str:
    """Write a plan as text. Secrets are in it as keyed fingerprints only, as in the plan itself.

    Raises:
        PlanError: The plan is partial: its end is not known, so it can't be approved in advance.
    """
    if saved.plan.partial:
        raise PlanError(
            f"a partial plan can't be saved: {saved.plan.partial.reason}",
            hint="deploy applies the known part, plans again and asks again",
        )
    document = {"format": FORMAT, "options": asdict(saved.options), "plan": asdict(saved.plan)}
    return json.dumps(document, separators=(",", ":"), sort_keys=True)


def from_json(text: str) -> Saved:
    """Read a plan back.

    Args:
        text: What `to_json` wrote.

    Raises:
        StalePlan: The text has another format.
        PlanError: It is not a saved plan.
    """
    try:
        document = json.loads(text)
        if document["format"] != FORMAT:
            raise StalePlan(
                f"the saved plan has format {document['format']}, this cloudwright reads {FORMAT}", hint="plan again"
            )
        return Saved(plan_from(document["plan"]), _made(PlanOptions, _tuples(document["options"])))
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise PlanError("this is not a saved plan", hint="make one: `cloudwright plan FILE -o PLANFILE`") from error


def write(path: Path, saved: Saved) -> None:
    """Write a plan into a file that only its owner may read.

    Args:
        path: Written atomically.
        saved: The plan and its options.

    Raises:
        PlanError: The plan is partial, or the file can't be written.
    """
    text = to_json(saved)
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
        draft.replace(path)
    except OSError as error:
        with contextlib.suppress(OSError):
            draft.unlink()
        raise machine_error(error, f"the plan can't be written to {path}", PlanError, path=path) from error


def read(path: Path) -> Saved:
    """Read a plan from a file.

    Args:
        path: Where `write` put it.

    Raises:
        PlanError: It can't be read or is not a saved plan.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        what, make = f"the plan {path} can't be read", "make one: `cloudwright plan FILE -o PLANFILE`"
        raise machine_error(error, what, PlanError, path=path, elsewhere=make) from error
    except UnicodeDecodeError as error:
        raise PlanError(f"the plan {path} can't be read: it is not text") from error
    return from_json(text)


def plan_from(data: Mapping[str, Any]) -> Plan:
    """A plan from its document.

    Args:
        data: `dataclasses.asdict` of a plan, decoded from JSON.

    Raises:
        StalePlan: A newer cloudwright wrote it.
    """
    parts = {
        "steps": tuple(_step(step) for step in data["steps"]),
        "declared": tuple(_declared(declared) for declared in data["declared"]),
        "findings": tuple(_finding(finding) for finding in data["findings"]),
        "partial": Partial(data["partial"]["reason"], Source(**data["partial"]["source"])) if data["partial"] else None,
        "consents": tuple(_made(Consent, _tuples(consent)) for consent in data.get("consents", ())),
        "notes": tuple(data["notes"]),
        "lookups": tuple(_pinned(pinned) for pinned in data.get("lookups", ())),
    }
    return _made(Plan, {**data, **parts})


def report_from(data: Mapping[str, Any]) -> DriftReport:
    """A drift report from its document.

    Args:
        data: `dataclasses.asdict` of a report, decoded from JSON.

    Raises:
        StalePlan: A newer cloudwright wrote it.
    """
    resources = tuple(_resource_drift(resource) for resource in data["resources"])
    return _made(DriftReport, {**data, "resources": resources, "notes": tuple(data["notes"])})


def _resource_drift(data: Mapping[str, Any]) -> ResourceDrift:
    parts = {
        "target": _target(data["target"]),
        "condition": Condition(data["condition"]),
        "paths": tuple(_made(PathDrift, path) for path in data["paths"]),
    }
    return _made(ResourceDrift, {**data, **parts})


def _step(data: Mapping[str, Any]) -> Step:
    parts = {
        "action": Action(data["action"]),
        "target": _target(data["target"]),
        "order": Order(data["order"]) if data["order"] else None,
        "changes": tuple(_made(Change, change) for change in data["changes"]),
        "depends_on": tuple(data["depends_on"]),
        "reasons": tuple(data["reasons"]),
        "source": Source(**data["source"]),
    }
    return _made(Step, {**data, **parts})


def _declared(data: Mapping[str, Any]) -> Declared:
    parts = {
        "target": _target(data["target"]),
        "depends_on": tuple(data["depends_on"]),
        "source": Source(**data["source"]),
    }
    return _made(Declared, {**data, **parts})


def _finding(data: Mapping[str, Any]) -> Finding:
    return _made(Finding, {**data, "source": Source(**data["source"])})


def _pinned(data: Mapping[str, Any]) -> PinnedAnswer:
    parts = {"effects": tuple(data["effects"]), "source": Source(**data["source"])}
    return _made(PinnedAnswer, {**data, **parts})


def _target(data: Mapping[str, Any]) -> Target:
    return _made(Target, {**data, "source": CredentialSource(**data["source"])})


def _tuples(data: Mapping[str, Any]) -> dict[str, Any]:
    return {name: _tuple(value) for name, value in data.items()}


def _tuple(value: Any) -> Any:
    return tuple(_tuple(item) for item in value) if isinstance(value, list) else value


def _made(kind: type[T], data: Mapping[str, Any]) -> T:
    """An object of a dataclass; an unknown field means that a newer version wrote it."""
    known = {known.name for known in fields(kind)}  # type: ignore[arg-type]  # every kind here is a dataclass
    if unknown := set(data) - known:
        raise StalePlan(f"the saved plan has fields that this cloudwright does not know: {', '.join(sorted(unknown))}")
    return kind(**data)
