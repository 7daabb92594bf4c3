"""Workflow documents: parameters, steps, references to earlier steps (User Guide: image-workflow-create-document)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from cloudwright.imagedocs.actions import ANY, DocumentAction, workflow_actions
from cloudwright.imagedocs.fields import missing_members, nearest, one_of, unknown_members, wrong_document, wrong_kind
from cloudwright.imagedocs.yaml_node import YamlNode, mistakes_in

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from cloudwright.imagedocs.mistake import Mistake

_DOCUMENT = ("name", "description", "schemaVersion", "parameters", "steps", "outputs")
_STEP = ("name", "action", "description", "if", "inputs", "onFailure", "rollback", "timeoutSeconds")
_PARAMETER = ("name", "type", "default", "description")
_TYPES = ("string", "integer", "boolean", "stringList")
_MOST_STEPS = 15
_REFERENCE = re.compile(
    r"\$\.(?P<root>stepOutputs|parameters|imagebuilder)\.(?P<name>[A-Za-z0-9_-]+)(?:\.(?P<member>\w+))?"
)


def check_workflow(text: str, stage: str = "") -> tuple[Mistake, ...]:
    """What is wrong with a workflow document, in the order of its lines.

    Args:
        text: The workflow's `Data`.
        stage: The workflow's `Type`: `BUILD`, `TEST` or `DISTRIBUTION`; empty if it is not known.
    """
    return mistakes_in(text, lambda document: _document(document, stage))


def _document(document: YamlNode, stage: str) -> Iterator[Mistake]:
    yield from wrong_document(document, _DOCUMENT, ("schemaVersion", "steps"))
    if document.kind != "map":
        return
    parameters = frozenset(_name(one) for one in _items(document, "parameters"))
    yield from _parameters(document)
    steps = document.get("steps")
    yield from wrong_kind(steps, "list", "steps")
    if steps is not None and len(steps.items) > _MOST_STEPS:
        yield steps.mistake(f"{len(steps.items)} steps; a workflow has at most {_MOST_STEPS}", "Split it in two.")
    done: dict[str, DocumentAction | None] = {}
    names = frozenset(_name(one) for one in _items(document, "steps"))
    for step in _items(document, "steps"):
        yield from wrong_kind(step, "map", "a step")
        if step.kind == "map":
            yield from _step(step, stage, done)
            yield from _references(step, parameters, names, done)
            done[_name(step)] = workflow_actions().get(_action(step))
    for output in _items(document, "outputs"):
        yield from missing_members(output, ("name", "value"), "an output")
        yield from _references(output, parameters, names, done)


def _parameters(document: YamlNode) -> Iterator[Mistake]:
    yield from wrong_kind(document.get("parameters"), "list", "parameters")
    for one in _items(document, "parameters"):
        yield from wrong_kind(one, "map", "a parameter")
        if one.kind == "map":
            yield from unknown_members(one, _PARAMETER, "a parameter")
            yield from missing_members(one, ("name", "type"), "a parameter")
            yield from one_of(one.get("type"), _TYPES, "the type")


def _step(step: YamlNode, stage: str, done: Mapping[str, DocumentAction | None]) -> Iterator[Mistake]:
    yield from unknown_members(step, _STEP, "a step")
    yield from missing_members(step, ("name", "action"), "a step")
    if _name(step) in done and _name(step):
        yield step.members["name"].mistake(f"the document has a step {_name(step)} already", "Give it another name.")
    yield from one_of(step.get("action"), tuple(workflow_actions()), "the action")
    yield from one_of(step.get("onFailure"), ("Abort", "Continue"), "onFailure")
    yield from wrong_kind(step.get("rollback"), "boolean", "rollback")
    yield from wrong_kind(step.get("timeoutSeconds"), "integer", "timeoutSeconds")
    action = workflow_actions().get(_action(step))
    if action is None:
        return
    if stage and stage.upper() not in action.places:
        text = f"{action.name} is for workflows of type {' and '.join(action.places)}, not {stage}"
        yield step.members["action"].mistake(text, "Move the step to a workflow of that type.", certain=False)
    yield from _inputs(step, action)


def _inputs(step: YamlNode, action: DocumentAction) -> Iterator[Mistake]:
    """Whether the inputs are those of the action; `NAME.$` is NAME, filled in by a reference."""
    inputs = step.get("inputs")
    given = {name.removesuffix(".$"): piece for name, piece in inputs.members.items()} if inputs is not None else {}
    yield from wrong_kind(inputs, "map", f"inputs of {action.name}")
    for name in action.required:
        if name not in given:
            yield (inputs or step).mistake(f"inputs of {action.name} have no {name}", f"Add {name}.")
    for name, piece in given.items():
        if name not in action.inputs and ANY not in action.optional:
            near = nearest(name, action.inputs)
            fix = f"Write {near}." if near else f"It takes {', '.join(sorted(action.inputs)) or 'none'}."
            yield piece.mistake(f"{action.name} has no input {name}", fix, certain=bool(near))


def _references(
    piece: YamlNode, parameters: frozenset[str], steps: frozenset[str], done: Mapping[str, DocumentAction | None]
) -> Iterator[Mistake]:
    for part in piece.walk():
        for match in _REFERENCE.finditer(part.text):
            root, name = match["root"], match["name"]
            if root == "parameters" and name not in parameters:
                yield part.mistake(f"{match[0]} names no parameter of the document", _meant(name, parameters))
            if root == "stepOutputs":
                yield from _output(part, match, steps, done)


def _output(
    part: YamlNode, match: re.Match[str], steps: frozenset[str], done: Mapping[str, DocumentAction | None]
) -> Iterator[Mistake]:
    name, member = match["name"], match["member"]
    if name not in done:
        where = "does not run before this one" if name in steps else "is not one of the document"
        fix = f"Move {name} before it." if name in steps else _meant(name, steps)
        yield part.mistake(f"{match[0]} names a step that {where}", fix)
        return
    action = done[name]
    if action is not None and member and ANY not in action.outputs and member not in action.outputs:
        gives = f"it gives {', '.join(action.outputs)}" if action.outputs else "it gives none"
        yield part.mistake(
            f"{action.name} has no output {member}; {gives}", _meant(member, action.outputs), certain=False
        )


def _meant(name: str, known: frozenset[str] | tuple[str, ...]) -> str:
    near = nearest(name, known)
    return f"Write {near}." if near else f"Known here: {', '.join(sorted(known)) or 'none'}."


def _items(document: YamlNode, name: str) -> tuple[YamlNode, ...]:
    part = document.get(name)
    return part.items if part is not None else ()


def _name(piece: YamlNode) -> str:
    name = piece.get("name")
    return name.text if name is not None else ""


def _action(step: YamlNode) -> str:
    action = step.get("action")
    return action.text if action is not None else ""
