"""The actions that steps take: their inputs, their outputs, and where they run; bundled data with its source."""

from __future__ import annotations

import functools
import json
from importlib import resources
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from cloudwright.lazy_dataclass import dataclass

if TYPE_CHECKING:
    from collections.abc import Mapping

ANY = "*"
"""Among optional inputs or outputs: the documentation's list is not known to be complete."""


@dataclass(frozen=True, slots=True)
class DocumentAction:
    """The inputs and outputs of one action.

    Attributes:
        name: Such as `ExecuteBash`.
        required: Input -> its kind: `text`, `integer`, `boolean`, `list`, `map` or `any`.
        optional: The same of those that may be left out.
        outputs: What later steps may refer to.
        places: Platforms of a component's action, stages of a workflow's.
    """

    name: str
    required: Mapping[str, str]
    optional: Mapping[str, str]
    outputs: tuple[str, ...]
    places: tuple[str, ...]

    @property
    def inputs(self) -> Mapping[str, str]:
        """All of its inputs."""
        return {**self.required, **self.optional}


@functools.cache
def component_actions() -> Mapping[str, DocumentAction]:
    """The action modules of components (User Guide: toe-action-modules)."""
    found = _read("component-actions.json")
    return MappingProxyType(
        {
            name: DocumentAction(
                name, facts["required"], facts["optional"], tuple(facts["outputs"]), tuple(facts["platforms"])
            )
            for name, facts in found.items()
        }
    )


@functools.cache
def workflow_actions() -> Mapping[str, DocumentAction]:
    """The step actions of workflows (User Guide: wfdoc-step-actions)."""
    found = _read("workflow-actions.json")
    return MappingProxyType(
        {
            name: DocumentAction(
                name,
                dict.fromkeys(facts["required"], "any"),
                dict.fromkeys(facts["optional"], "any"),
                tuple(facts["outputs"]),
                tuple(facts["stages"]),
            )
            for name, facts in found.items()
        }
    )


def _read(name: str) -> dict[str, dict[str, Any]]:
    text = resources.files("cloudwright.imagedocs").joinpath(f"data/{name}").read_text("utf-8")
    found: dict[str, dict[str, Any]] = json.loads(text)["actions"]
    return found
