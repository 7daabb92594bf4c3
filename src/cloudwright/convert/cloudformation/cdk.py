"""What CDK adds to every template for its own use."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from cloudwright.convert.cloudformation.template import scalar_text
from cloudwright.lazy_dataclass import replace

if TYPE_CHECKING:
    from cloudwright.convert.cloudformation.nodes import TemplateNode

_PARAMETER, _RULE = "BootstrapVersion", "CheckBootstrapVersion"
_HASH = re.compile(r"(?<=[A-Za-z0-9])(?=[A-F]*[0-9])[0-9A-F]{8}$")


def without_bootstrap(root: TemplateNode) -> TemplateNode:
    """A template without the parameter and the rule by which CDK checks its own bootstrap stack."""
    parameters = root.get("Parameters")
    parameter = parameters.get(_PARAMETER) if parameters is not None else None
    default = parameter.get("Default") if parameter is not None else None
    if default is None or not default.is_scalar or not scalar_text(default).startswith("/cdk-bootstrap/"):
        return root
    return _without(_without(root, "Parameters", _PARAMETER), "Rules", _RULE)


def _without(root: TemplateNode, section: str, name: str) -> TemplateNode:
    node = root.get(section)
    if node is None or node.members is None or root.members is None:
        return root
    kept = {key: member for key, member in node.members.items() if key != name}
    members = {key: member for key, member in root.members.items() if key != section or kept}
    return replace(root, members={**members, **({section: replace(node, members=kept)} if kept else {})})


def readable(logical_id: str) -> str:
    """A logical id without the hash that CDK appends: `DistB3B78991` is `Dist`."""
    return _HASH.sub("", logical_id)
