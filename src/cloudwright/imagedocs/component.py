"""Component documents: phases, steps, actions and their inputs (User Guide: toe-use-documents)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cloudwright.imagedocs.actions import DocumentAction, component_actions
from cloudwright.imagedocs.chaining import ReferableNames, check_expressions, declared_names
from cloudwright.imagedocs.conditions import check_condition
from cloudwright.imagedocs.fields import fits, missing_members, one_of, unknown_members, wrong_document, wrong_kind
from cloudwright.imagedocs.loops import check_loop
from cloudwright.imagedocs.yaml_node import YamlNode, mistakes_in

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from cloudwright.imagedocs.mistake import Mistake

_DOCUMENT = ("name", "description", "schemaVersion", "parameters", "constants", "phases")
_STEP = ("name", "action", "timeoutSeconds", "onFailure", "maxAttempts", "inputs", "loop", "if", "description")
_PHASES = ("build", "validate", "test")
_CONTAINER = "container-host-test"


def check_component(text: str, platform: str = "") -> tuple[Mistake, ...]:
    """What is wrong with a component document, in the order of its lines.

    Args:
        text: The component's `Data`.
        platform: The component's `Platform`; empty if it is not known.
    """
    return mistakes_in(text, lambda document: _document(document, platform))


def _document(document: YamlNode, platform: str) -> Iterator[Mistake]:
    yield from wrong_document(document, _DOCUMENT, ("schemaVersion", "phases"))
    if document.kind != "map":
        return
    yield from _definitions(document)
    phases = document.get("phases")
    yield from wrong_kind(phases, "list", "phases")
    if phases is not None and phases.kind == "list":
        yield from _phases(document, phases, platform)


def _definitions(document: YamlNode) -> Iterator[Mistake]:
    """Parameters and constants have a type, which is `string`; constants have a value (toe-user-defined-variables)."""
    for section in ("parameters", "constants"):
        part = document.get(section)
        for holder in (part.items or (part,)) if part is not None else ():
            for name, definition in holder.members.items():
                if definition.kind != "map":
                    yield definition.mistake(
                        f"{name} of {section} says nothing about itself", "Give it a type: string."
                    )
                    continue
                required = ("type",) if section == "parameters" else ("type", "value")
                yield from missing_members(definition, required, f"{name} of {section}")
                yield from one_of(definition.get("type"), ("string",), f"the type of {name}", certain=False)


def _phases(document: YamlNode, phases: YamlNode, platform: str) -> Iterator[Mistake]:
    names = [_name(phase) for phase in phases.items]
    if not {*_PHASES, _CONTAINER} & {*names} and not any("{{" in name for name in names):
        yield phases.mistake("no phase is one that Image Builder runs", f"Name one {', '.join(_PHASES)}.")
    yield from _twice(phases.items, "phase", "the document")
    known = ReferableNames(declared_names(document), frozenset(_places(phases)))
    for phase in phases.items:
        yield from wrong_kind(phase, "map", "a phase")
        if phase.kind == "map":
            yield from _phase(phase, known, platform)


def _phase(phase: YamlNode, known: ReferableNames, platform: str) -> Iterator[Mistake]:
    yield from unknown_members(phase, ("name", "steps"), "a phase")
    yield from missing_members(phase, ("name", "steps"), "a phase")
    steps = phase.get("steps")
    yield from wrong_kind(steps, "list", "steps")
    items = steps.items if steps is not None else ()
    yield from _twice(items, "step", f"the phase {_name(phase)}")
    for step in items:
        yield from wrong_kind(step, "map", "a step")
        if step.kind == "map":
            yield from _step(step, known, platform)
            known.done[_name(phase), _name(step)] = component_actions().get(_action(step))


def _step(step: YamlNode, known: ReferableNames, platform: str) -> Iterator[Mistake]:
    yield from unknown_members(step, _STEP, "a step")
    yield from missing_members(step, ("name", "action"), "a step")
    yield from one_of(step.get("action"), tuple(component_actions()), "the action")
    yield from one_of(step.get("onFailure"), ("Abort", "Continue", "Ignore"), "onFailure")
    yield from _positive(step.get("timeoutSeconds"), "timeoutSeconds", (-1,))
    yield from _positive(step.get("maxAttempts"), "maxAttempts", ())
    action = component_actions().get(_action(step))
    if action is not None:
        yield from _inputs(step, action)
        yield from _platform(step, action, platform)
    if (loop := step.get("loop")) is not None:
        yield from check_loop(loop)
    if (condition := step.get("if")) is not None:
        yield from check_condition(condition, "if")
    known.loop = _loop_names(step)
    for name in ("inputs", "loop", "if"):
        if (part := step.get(name)) is not None:
            yield from check_expressions(part, known)


def _inputs(step: YamlNode, action: DocumentAction) -> Iterator[Mistake]:
    inputs = step.get("inputs")
    if inputs is None or inputs.kind == "null":
        if action.required or action.name in {"Assert", "ExecutePowerShell"}:
            yield step.mistake(f"{action.name} has no inputs", f"Add inputs with {_wanted(action)}.")
        return
    if inputs.kind not in {"map", "list"}:
        yield from wrong_kind(inputs, "map", f"inputs of {action.name}")
        return
    for one in inputs.items or (inputs,):
        yield from wrong_kind(one, "map", f"inputs of {action.name}")
        if one.kind == "map":
            yield from _input(one, action)


def _input(inputs: YamlNode, action: DocumentAction) -> Iterator[Mistake]:
    what = f"inputs of {action.name}"
    if action.name == "Assert":
        yield from check_condition(inputs, what)
        return
    yield from unknown_members(inputs, tuple(action.inputs), what)
    yield from missing_members(inputs, tuple(action.required), what)
    for name, kind in action.inputs.items():
        found = inputs.get(name)
        if found is not None and not fits(found, kind):
            yield from wrong_kind(found, kind, f"{name} of {action.name}")
    if action.name == "ExecutePowerShell" and ("commands" in inputs.members) == ("file" in inputs.members):
        what = "both commands and file" if "file" in inputs.members else "neither commands nor file"
        yield inputs.mistake(f"ExecutePowerShell has {what}; it takes one of the two", "Keep or add one.")


def _platform(step: YamlNode, action: DocumentAction, platform: str) -> Iterator[Mistake]:
    if platform and platform.lower() not in {place.lower() for place in action.places}:
        text = f"{action.name} runs on {' and '.join(action.places)} only, and the component is for {platform}"
        yield step.members["action"].mistake(text, "Use another action, or another Platform.", certain=False)


def _positive(piece: YamlNode | None, what: str, also: tuple[int, ...]) -> Iterator[Mistake]:
    yield from wrong_kind(piece, "integer", what)
    number = piece.number if piece is not None else None
    if piece is not None and number is not None and number < 1 and number not in also:
        extra = " (or -1, for no limit)" if also else ""
        yield piece.mistake(f"{what} is {number}", f"Write 1 or more{extra}.")


def _twice(items: Iterable[YamlNode], what: str, where: str) -> Iterator[Mistake]:
    seen: set[str] = set()
    for item in items:
        name = _name(item)
        if name in seen and name:
            yield item.members["name"].mistake(f"{where} has a {what} {name} already", "Give it another name.")
        seen.add(name)


def _places(phases: YamlNode) -> Iterator[tuple[str, str]]:
    for phase in phases.items:
        steps = phase.get("steps")
        for step in steps.items if steps is not None else ():
            yield _name(phase), _name(step)


def _loop_names(step: YamlNode) -> frozenset[str]:
    loop = step.get("loop")
    if loop is None:
        return frozenset()
    name = loop.get("name")
    return frozenset({"loop", name.text} if name is not None else {"loop"})


def _wanted(action: DocumentAction) -> str:
    wanted = {"Assert": "a comparison", "ExecutePowerShell": "commands"}
    return wanted.get(action.name) or ", ".join(action.required)


def _name(piece: YamlNode) -> str:
    name = piece.get("name")
    return name.text if name is not None else ""


def _action(step: YamlNode) -> str:
    action = step.get("action")
    return action.text if action is not None else ""
