"""`DeletionPolicy` and `UpdateReplacePolicy` as the option `retain`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cloudwright.convert.cloudformation.template import scalar_text
from cloudwright.convert.cloudformation.values import PythonType
from cloudwright.convert.problem import Remark
from cloudwright.convert.writer.code import Code, Operands, Raw, TextOf

if TYPE_CHECKING:
    from cloudwright.convert.cloudformation.template import ResourceNode
    from cloudwright.convert.cloudformation.translator import Translator

_KEPT = frozenset({"Retain", "RetainExceptOnCreate", "Snapshot"})
_DELETION, _REPLACEMENT = "DeletionPolicy", "UpdateReplacePolicy"


def retained(resource: ResourceNode, translator: Translator) -> Code | None:
    """Whether the physical resource is kept when it leaves the program or is replaced; `None` if both delete it.

    One option serves both: where the policies differ, the resource is kept and a remark says so. Cloud Control makes no
    snapshot before it deletes, so a resource with the policy `Snapshot` is kept as well.

    Args:
        resource: The resource.
        translator: Translates a computed policy, and collects the remarks.
    """
    policy = resource.node.get(_DELETION)
    if policy is not None and not policy.is_scalar:
        value = translator.value(policy)
        return Operands("!=", (value.code, TextOf("Delete"))) if value.kind is PythonType.TEXT else None
    policies = {name: _policy(resource, name) for name in (_DELETION, _REPLACEMENT)}
    kept = [name for name, value in policies.items() if value in _KEPT]
    if not kept:
        return None
    _note(resource, translator, policies, kept)
    return Raw("True")


def _policy(resource: ResourceNode, name: str) -> str:
    node = resource.node.get(name)
    return scalar_text(node) if node is not None and node.is_scalar else "Delete"


def _note(resource: ResourceNode, translator: Translator, policies: dict[str, str], kept: list[str]) -> None:
    if policies[_DELETION] == "Snapshot" or policies[_REPLACEMENT] == "Snapshot":
        text = "Snapshot became retain=True: Cloud Control makes no snapshot before it deletes"
        translator.known.remarks.append(Remark(resource.node.at, resource.name, text))
    elif len(kept) == 1 and resource.node.get(_REPLACEMENT) is not None:
        other = _DELETION if kept[0] == _REPLACEMENT else _REPLACEMENT
        text = f"retain=True keeps it at deletion and at replacement; {other} is {policies[other]}"
        translator.known.remarks.append(Remark(resource.node.at, resource.name, text))
