"""CloudFormation's functions, evaluated over plain data; shares no code with the converter."""

from __future__ import annotations

import base64
import ipaddress
import json
import re
from dataclasses import dataclass, field
from typing import Any

NO_VALUE = object()
PSEUDO = {
    "AWS::AccountId": "111122223333",
    "AWS::Region": "eu-west-1",
    "AWS::Partition": "aws",
    "AWS::URLSuffix": "amazonaws.com",
    "AWS::NoValue": NO_VALUE,
}


@dataclass
class Evaluator:
    """One template with its parameters, and what its resources answer.

    Attributes:
        refs: Logical id -> what `Ref` gives.
        attributes: (logical id, attribute) -> its value.
    """

    template: dict[str, Any]
    parameters: dict[str, Any]
    refs: dict[str, str]
    attributes: dict[tuple[str, str], Any]
    pseudo: dict[str, Any] = field(default_factory=lambda: dict(PSEUDO))

    def resources(self) -> dict[str, Any]:
        """The properties of every resource whose condition holds."""
        return {
            name: self.value(one.get("Properties", {}))
            for name, one in self.template["Resources"].items()
            if "Condition" not in one or self.condition({"Condition": one["Condition"]})
        }

    def value(self, node: Any) -> Any:
        if isinstance(node, list):
            return [found for item in node if (found := self.value(item)) is not NO_VALUE]
        if not isinstance(node, dict):
            return node
        if len(node) == 1:
            ((name, argument),) = node.items()
            method = getattr(self, "_" + name.replace("Fn::", "").lower(), None)
            if method is not None and (name == "Ref" or name.startswith("Fn::")):
                return method(argument)
        return {name: found for name, one in node.items() if (found := self.value(one)) is not NO_VALUE}

    def text(self, node: Any) -> str:
        return as_text(self.value(node))

    def _ref(self, name: str) -> Any:
        for known in (self.parameters, self.refs, self.pseudo):
            if name in known:
                return known[name]
        raise KeyError(name)

    def _getatt(self, argument: Any) -> Any:
        name, attribute = argument.split(".", 1) if isinstance(argument, str) else argument
        return self.attributes[name, attribute]

    def _sub(self, argument: Any) -> str:
        text, given = argument if isinstance(argument, list) else (argument, {})

        def one(match: re.Match[str]) -> str:
            name = match[2]
            if match[1]:
                return f"${{{name}}}"
            if name in given:
                return self.text(given[name])
            if "." in name:
                return as_text(self._getatt(name))
            return as_text(self._ref(name))

        return re.sub(r"\$\{(!?)([^}]+)\}", one, text)

    def _join(self, argument: Any) -> str:
        separator, items = argument
        return self.text(separator).join(as_text(item) for item in self.value(items))

    def _select(self, argument: Any) -> Any:
        index, items = argument
        return self.value(items)[int(self.text(index))]

    def _split(self, argument: Any) -> list[str]:
        separator, text = argument
        return self.text(text).split(separator)

    def _findinmap(self, argument: Any) -> Any:
        name, first, second = (self.text(one) for one in argument)
        return self.template["Mappings"][name][first][second]

    def _base64(self, argument: Any) -> str:
        return base64.b64encode(self.text(argument).encode()).decode()

    def _cidr(self, argument: Any) -> list[str]:
        block, count, *bits = (self.text(one) for one in argument)
        network = ipaddress.ip_network(block)
        size = network.max_prefixlen - int(bits[0] if bits else 8)
        return [str(one) for one in list(network.subnets(new_prefix=size))[: int(count)]]

    def _if(self, argument: Any) -> Any:
        name, then, otherwise = argument
        return self.value(then if self.condition({"Condition": name}) else otherwise)

    def _length(self, argument: Any) -> int:
        return len(self.value(argument))

    def _tojsonstring(self, argument: Any) -> str:
        return json.dumps(self.value(argument), separators=(",", ":"))

    def condition(self, node: Any) -> bool:
        ((name, argument),) = node.items()
        match name:
            case "Condition":
                return self.condition(self.template["Conditions"][argument])
            case "Fn::Equals":
                return self.text(argument[0]) == self.text(argument[1])
            case "Fn::And":
                return all(self.condition(one) for one in argument)
            case "Fn::Or":
                return any(self.condition(one) for one in argument)
            case "Fn::Not":
                return not self.condition(argument[0])
        raise ValueError(name)


def as_text(value: Any) -> str:
    """A value as it stands in a text: lists are joined by commas."""
    if isinstance(value, list):
        return ",".join(map(as_text, value))
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def normal(value: Any) -> Any:
    """A document in which scalars are texts: which JSON type they have is the schema's matter."""
    if isinstance(value, dict):
        return {name: normal(member) for name, member in value.items()}
    if isinstance(value, list):
        return [normal(item) for item in value]
    return as_text(value)
