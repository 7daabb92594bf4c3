"""A CloudFormation stack that a test or a file provides to the local cloud."""

from __future__ import annotations

import json
from dataclasses import field, fields
from typing import TYPE_CHECKING, Any

from cloudwright.lazy_dataclass import dataclass
from cloudwright.local.protocols.model import service_models

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class StackResource:
    """One resource of a stack.

    Attributes:
        type: Such as `AWS::S3::Bucket`.
        id: Its physical id; empty before it is created.
        status: Such as `CREATE_COMPLETE`.
    """

    type: str
    id: str = ""
    status: str = "CREATE_COMPLETE"


@dataclass(frozen=True, slots=True, kw_only=True)
class StackOutput:
    """One output of a stack.

    Attributes:
        value: Its value.
        export: The name under which it is exported; empty if it is not.
    """

    value: str
    export: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class LocalStack:
    """A stack. The local cloud answers reads of it, and never creates, changes or deletes its resources.

    Attributes:
        name: The stack's name.
        template: The template's text, as it was sent.
        processed: The template's text after the macros; the template itself without one.
        resources: By logical id.
        parameters: Parameter -> value; `****` for one with `NoEcho`.
        resolved: Parameter -> the value of its key in Parameter Store.
        outputs: By name.
        tags: The stack's tags.
        status: Such as `UPDATE_IN_PROGRESS`.
        description: The template's description.
    """

    name: str
    template: str
    processed: str = ""
    resources: Mapping[str, StackResource] = field(default_factory=dict)
    parameters: Mapping[str, str] = field(default_factory=dict)
    resolved: Mapping[str, str] = field(default_factory=dict)
    outputs: Mapping[str, StackOutput] = field(default_factory=dict)
    tags: Mapping[str, str] = field(default_factory=dict)
    status: str = "CREATE_COMPLETE"
    description: str = ""

    def __post_init__(self) -> None:
        """Reject what CloudFormation could not return.

        Raises:
            ValueError: There is no such status, or no name or template.
        """
        shapes = service_models()["cloudformation"].shapes
        if not self.name or not self.template:
            raise ValueError("a stack must have a name and a template")
        _check(self.status, shapes["StackStatus"]["enum"], f"the stack {self.name}")
        for name, one in self.resources.items():
            _check(one.status, shapes["ResourceStatus"]["enum"], f"the resource {name}")

    def as_object(self) -> dict[str, Any]:
        """The stack as JSON."""
        return {
            "name": self.name,
            "template": self.template,
            "processed": self.processed or self.template,
            "resources": {
                name: {"type": one.type, "id": one.id, "status": one.status} for name, one in self.resources.items()
            },
            "parameters": dict(self.parameters),
            "resolved": dict(self.resolved),
            "outputs": {name: {"value": one.value, "export": one.export} for name, one in self.outputs.items()},
            "tags": dict(self.tags),
            "status": self.status,
            "description": self.description,
        }


def _check(status: str, known: list[str], whose: str) -> None:
    if status not in known:
        raise ValueError(f"{whose}: there is no status {status!r}")


def read_stacks(path: Path) -> list[tuple[dict[str, str], LocalStack]]:
    """The stacks of a JSON file.

    Args:
        path: Of one object with the attributes of `LocalStack`, or a list of them. `template` and `processed` are
            texts, objects (written as JSON), or `{"file": PATH}`, relative to the file. `account` and `region`
            say where a stack is.

    Returns:
        For each stack, `account` and `region` if given, and the stack.

    Raises:
        ValueError: It is not JSON, or not a stack.
        OSError: The file, or one that it names, can't be read.
    """
    found = json.loads(path.read_text("utf-8"))
    return [_entry(one, path.parent) for one in (found if isinstance(found, list) else [found])]


def _entry(given: Any, folder: Path) -> tuple[dict[str, str], LocalStack]:
    if not isinstance(given, dict):
        raise ValueError("a stack must be an object with name, template and resources")  # noqa: TRY004 - as for every wrong file
    known = {one.name for one in fields(LocalStack)}
    place = {name: str(given[name]) for name in ("account", "region") if name in given}
    unknown = sorted(given.keys() - known - {"account", "region"})
    missing = [name for name in ("name", "template") if name not in given]
    if unknown or missing:
        wrong = f"lacks {', '.join(missing)}" if missing else f"has no {', '.join(unknown)}"
        raise ValueError(f"a stack {wrong}; its fields are account, region, {', '.join(sorted(known))}")
    texts = {name: _template(given[name], folder) for name in ("template", "processed") if name in given}
    parts = {
        "resources": {name: _part(StackResource, one) for name, one in _object(given, "resources").items()},
        "outputs": {name: _part(StackOutput, one) for name, one in _object(given, "outputs").items()},
    }
    plain = {name: given[name] for name in known - {*texts, *parts, "template", "processed"} if name in given}
    return place, LocalStack(**{**plain, **parts, **texts})


def _object(given: dict[str, Any], name: str) -> dict[str, Any]:
    found = given.get(name) or {}
    if not isinstance(found, dict):
        raise ValueError(f"{name} of a stack must be an object")  # noqa: TRY004 - as for every wrong file
    return found


def _part(kind: Any, given: Any) -> Any:
    try:
        return kind(**given)
    except TypeError as error:
        names = ", ".join(one.name for one in fields(kind))
        raise ValueError(f"{given!r} of a stack is not an object with {names}") from error


def _template(given: Any, folder: Path) -> str:
    if isinstance(given, dict) and set(given) == {"file"}:
        return (folder / str(given["file"])).read_text("utf-8")
    return given if isinstance(given, str) else json.dumps(given, indent=2)
