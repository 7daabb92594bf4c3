"""Faults that change read models."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from cloudwright.local.model.paths import clone
from cloudwright.local.services.imagebuilder_strict import echo_empty_lists

if TYPE_CHECKING:
    from collections.abc import Callable
    from random import Random

    from cloudwright.local.faults.switches import Fault, Faults
    from cloudwright.local.model.types import LocalType

PIPELINE = "AWS::ImageBuilder::ImagePipeline"
_FAILURES = 5
"""Default number of failures after which AWS disables a pipeline."""

Model = dict[str, Any]

FLAGSHIP = "AWS::ImageBuilder::DistributionConfiguration"


def disturb(faults: Faults, kind: LocalType, model: Model, random: Random, number: int) -> Model:
    """A read model changed by the active faults.

    Args:
        faults: The switches.
        kind: The resource type.
        model: What the read handler would show; not changed.
        random: Decides orders.
        number: The number of reads so far, for faults that alternate.
    """
    shown: Model = clone(model)
    if kind.name == FLAGSHIP and faults.fire("CC14", kind.name, "READ"):
        shown = echo_empty_lists(shown)
    if kind.name == PIPELINE and auto_disabled(faults):
        shown["Status"] = "DISABLED"
    if faults.fire("CC9", kind.name, "READ"):
        _shuffle(kind, kind.resolve(kind.schema), shown, random)
    for name, change in _CHANGES.items():
        fault = faults.fire(name, kind.name, "READ")
        if fault is not None:
            change(kind, shown, fault)
    alternating = faults.fire("CC35", kind.name, "READ")
    if alternating is not None and number % 2:
        _set(kind, shown, alternating)
    return shown


def _shuffle(kind: LocalType, node: Model, value: Any, random: Random) -> None:
    if isinstance(value, list):
        items = kind.resolve(node.get("items"))
        for item in value:
            _shuffle(kind, items, item, random)
        if node.get("insertionOrder") is False:
            random.shuffle(value)
    elif isinstance(value, dict):
        for name, member in value.items():
            _shuffle(kind, kind.node_of(node, name), member, random)


def _name(fault: Fault) -> str:
    return str(fault.options.get("property", ""))


def _set(kind: LocalType, model: Model, fault: Fault) -> None:
    del kind
    model[_name(fault)] = clone(fault.options.get("value", "added by the service"))


def _set_if_absent(kind: LocalType, model: Model, fault: Fault) -> None:
    if _name(fault) not in model:
        _set(kind, model, fault)


def _twin(kind: LocalType, model: Model, fault: Fault) -> None:
    del kind
    if _name(fault) in model:
        model[str(fault.options.get("twin", ""))] = clone(model[_name(fault)])


def _null_item(kind: LocalType, model: Model, fault: Fault) -> None:
    del kind
    model.setdefault(_name(fault), [None])


def _empty_text(kind: LocalType, model: Model, fault: Fault) -> None:
    del kind
    model.setdefault(_name(fault), "")


def _sort(kind: LocalType, model: Model, fault: Fault) -> None:
    del kind
    if isinstance(model.get(_name(fault)), list):
        model[_name(fault)].sort(key=json.dumps)


def _defaults(kind: LocalType, model: Model, fault: Fault) -> None:
    if "property" in fault.options:
        _set_if_absent(kind, model, fault)
        return
    for name, node in (kind.schema.get("properties") or {}).items():
        resolved = kind.resolve(node)
        if "default" in resolved and (name,) not in kind.write_only:
            model.setdefault(name, clone(resolved["default"]))


def _policies(kind: LocalType, model: Model, fault: Fault) -> None:
    for name, value in list(model.items()):
        document = _decoded(value)
        if isinstance(document, dict) and "Statement" in document:
            model[name] = _normal(document) if isinstance(value, dict) else json.dumps(_normal(document))
        elif isinstance(value, dict):
            _policies(kind, value, fault)
        elif isinstance(value, list):
            for item in value:
                if isinstance(item, dict):
                    _policies(kind, item, fault)


def _decoded(value: Any) -> Any:
    if not isinstance(value, str) or not value.lstrip().startswith("{"):
        return value
    try:
        return json.loads(value)
    except ValueError:
        return value


def _normal(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _normal(value[key]) for key in sorted(value)}
    if isinstance(value, list):
        return _normal(value[0]) if len(value) == 1 and isinstance(value[0], str) else [_normal(one) for one in value]
    return value


def _numbers_as_text(kind: LocalType, model: Model, fault: Fault) -> None:
    del kind
    value = model.get(_name(fault))
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        model[_name(fault)] = str(value)


def _system_tag(kind: LocalType, model: Model, fault: Fault) -> None:
    del fault
    if not kind.system_tags or kind.tag_path is None or len(kind.tag_path) > 1:
        return
    name, value = "aws:cloudformation:stack-name", "added-by-the-service"
    if "array" in str(kind.node(kind.tag_path).get("type")):
        model.setdefault(kind.tag_path[0], []).append({"Key": name, "Value": value})
    else:
        model.setdefault(kind.tag_path[0], {})[name] = value


def _drop(kind: LocalType, model: Model, fault: Fault) -> None:
    del kind
    model.pop(_name(fault), None)


_CHANGES: dict[str, Callable[[LocalType, Model, Fault], None]] = {
    "CC8": _set,
    "CC15": _twin,
    "CC16": _null_item,
    "CC17": _empty_text,
    "CC30": _sort,
    "CC31": _defaults,
    "CC33": _policies,
    "CC38": _numbers_as_text,
    "CC41": _system_tag,
    "CC46": _set,
    "CC47": _drop,
}


def auto_disabled(faults: Faults) -> int:
    """Number of failed scheduled builds after which AWS disabled the pipelines; 0 if it did not.

    Schedules don't run in the local cloud, so this fault simulates their builds.

    Args:
        faults: The switches.
    """
    fault = faults.fire("image-schedule", PIPELINE) if faults else None
    return 0 if fault is None else int(fault.options.get("failures", _FAILURES))
