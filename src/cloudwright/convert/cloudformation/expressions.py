"""Values of a template as expressions of the program: the intrinsic functions, and everything around them."""

from __future__ import annotations

import re
from dataclasses import field
from typing import TYPE_CHECKING

from cloudwright.convert.cloudformation.examples import example_of
from cloudwright.convert.cloudformation.template import scalar_text
from cloudwright.convert.cloudformation.values import (
    NOTHING,
    TEXTS,
    Expression,
    Kind,
    fitted,
    joined,
    merged,
    sealed,
    text_of,
    unsealed,
)
from cloudwright.convert.problem import Remark, SourceError
from cloudwright.convert.writer.code import (
    CallOf,
    Choice,
    Code,
    DictOf,
    Formatted,
    IndexOf,
    ListOf,
    MethodOf,
    Not,
    Operands,
    Raw,
    Star,
    TextOf,
)
from cloudwright.convert.writer.layout import flat
from cloudwright.diff.shape import Shape
from cloudwright.lazy_dataclass import dataclass, replace
from cloudwright.schema.suggest import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from cloudwright.convert.cloudformation.nodes import TemplateNode
    from cloudwright.convert.cloudformation.template import Template, TemplateParameter
    from cloudwright.schema.catalog import Catalog
    from cloudwright.schema.resource_type import ResourceType

PSEUDO = {
    "AWS::AccountId": "here.account",
    "AWS::Region": "here.region",
    "AWS::Partition": "here.partition",
    "AWS::URLSuffix": "url_suffix(here.partition)",
}
"""Pseudo parameter -> the expression of the program."""

_PSEUDO = (*PSEUDO, "AWS::NoValue", "AWS::StackName", "AWS::StackId", "AWS::NotificationARNs")
_VARIABLE = re.compile(r"\$\{(!?)([^}]*)\}")
_DYNAMIC = re.compile(r"\{\{resolve:([^{}]*)\}\}")

FUNCTIONS = (
    *("Ref", "Condition", "Fn::GetAtt", "Fn::Sub", "Fn::Join", "Fn::Select", "Fn::Split", "Fn::FindInMap"),
    *("Fn::Base64", "Fn::Cidr", "Fn::GetAZs", "Fn::ImportValue", "Fn::If", "Fn::And", "Fn::Or", "Fn::Not"),
    *("Fn::Equals", "Fn::Length", "Fn::ToJsonString", "Fn::Transform", "Fn::GetStackOutput"),
)


def function_of(node: TemplateNode) -> tuple[str, TemplateNode] | None:
    """The function that a map calls, and its argument; `None` for any other value.

    Args:
        node: A value of a template.
    """
    if node.members is None or len(node.members) != 1:
        return None
    ((name, argument),) = node.members.items()
    if name.startswith("Fn::") and not name.startswith("Fn::ForEach::"):
        return name, argument
    return (name, argument) if name == "Ref" else None


@dataclass(slots=True)
class KnownNames:
    """What the names of a template mean in the program.

    Attributes:
        parameters: Logical id -> variable.
        mappings: Mapping -> constant.
        conditions: Condition -> variable.
        resources: Logical id -> variable.
        stubs: The logical ids of resources that the program only has a stub of.
        kinds: Logical id -> its type, as far as a schema knows it.
        stack_name: What gives the stack's name.
        ids: Logical id -> physical id of the resources to adopt.
        values: Parameter -> its value, as far as it is written into the program.
        exports: Exported name -> value, as far as a live stack showed them.
    """

    template: Template
    catalog: Catalog
    parameters: Mapping[str, str]
    mappings: Mapping[str, str]
    conditions: Mapping[str, str]
    resources: Mapping[str, str]
    stubs: frozenset[str]
    kinds: Mapping[str, ResourceType]
    stack_name: Code
    ids: Mapping[str, str] = field(default_factory=dict)
    values: Mapping[str, str] = field(default_factory=dict)
    exports: Mapping[str, str] = field(default_factory=dict)
    helpers: set[str] = field(default_factory=set)
    uses: set[str] = field(default_factory=set)
    remarks: list[Remark] = field(default_factory=list)
    loose: set[str] = field(default_factory=set)
    places: dict[str, list[Shape]] = field(default_factory=dict)
    keys: dict[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class Expressions:
    """Translates the values of one statement.

    Attributes:
        subject: Whose values they are, for remarks.
        awaits: The logical ids that must be awaited before the statement.
    """

    known: KnownNames
    subject: str
    awaits: set[str] = field(default_factory=set)

    # -- values

    def value(self, node: TemplateNode, place: Shape | None = None) -> Expression:
        """A value as an expression.

        Args:
            node: The template's value.
            place: What the schema says about where it stands.

        Raises:
            SourceError: It can't be translated.
        """
        found, awaited = fitted(self._value(node, place), place)
        self.awaits |= awaited
        return replace(found, carries=found.carries - awaited)

    def code(self, node: TemplateNode, place: Shape | None = None) -> Code:
        """A value as the code that stands in a property.

        Args:
            node: The template's value.
            place: What the schema says about where it stands.
        """
        found = self.value(node, place)
        if found.secret and found.kind not in {Kind.MAP, Kind.LIST}:
            self.awaits |= found.carries
            self.known.uses.add("secret")
            return sealed(found.code)
        return found.code

    def _value(self, node: TemplateNode, place: Shape | None) -> Expression:
        called = function_of(node)
        if called is not None:
            return self._call(*called, node, place)
        if node.members is not None:
            return self._map(node, place)
        if node.items is not None:
            return self._list(node, place)
        return self._scalar(node, place)

    def _scalar(self, node: TemplateNode, place: Shape | None) -> Expression:
        match node.value:
            case None:
                return NOTHING
            case bool():
                return Expression(Raw(str(node.value)), Kind.BOOLEAN, literal=True)
            case int():
                return self._number(node, Kind.INTEGER)
            case float():
                return self._number(node, Kind.NUMBER)
        return self._dynamic(str(node.value), place)

    def _number(self, node: TemplateNode, kind: Kind) -> Expression:
        # Octal, sexagesimal and the like are written as texts everywhere: nobody means the number.
        plain = re.fullmatch(r"-?(0|[1-9]\d*)(\.\d+)?", node.text)
        if not plain:
            return Expression(TextOf(node.text), Kind.TEXT, literal=True)
        return Expression(Raw(node.text), kind, literal=True)

    def _dynamic(self, text: str, place: Shape | None = None) -> Expression:
        """A text, with the dynamic references in it as calls."""
        if "{{resolve:" not in text:
            return Expression(TextOf(text), Kind.TEXT, literal=True)
        parts: list[Expression] = []
        end = 0
        for match in _DYNAMIC.finditer(text):
            parts += [
                Expression(TextOf(text[end : match.start()]), Kind.TEXT, literal=True),
                self._resolved(match[1], place if match[0] == text else None),
            ]
            end = match.end()
        return joined([*parts, Expression(TextOf(text[end:]), Kind.TEXT, literal=True)])

    def _resolved(self, reference: str, place: Shape | None) -> Expression:
        example = example_of(reference, [place] if place is not None else [])
        if reference.startswith("ssm:") and "${" not in reference:
            self.known.helpers.add("stored")
            path = TextOf(reference.removeprefix("ssm:"))
            return Expression(CallOf("await stored", (("", path), ("example", TextOf(example)))), Kind.TEXT)
        self.known.helpers.add("resolved")
        call = CallOf("resolved", (("", TextOf(reference)), ("example", TextOf(example))))
        return Expression(call, Kind.TEXT, secret=not reference.startswith("ssm:"))

    def _with_dynamic(self, value: Expression, place: Shape | None) -> Expression:
        """A text whose dynamic references hold other values: these are named in it, not filled in."""
        if not isinstance(value.code, Formatted):
            return value
        pieces = [part if isinstance(part, str) else f"${{{flat(part)}}}" for part in value.code.parts]
        text = "".join(pieces)
        if not re.fullmatch(r"\{\{resolve:.*\}\}", text) or text.count("{{resolve:") != 1:
            return value
        return self._resolved(text[len("{{resolve:") : -2], place)

    def _map(self, node: TemplateNode, place: Shape | None) -> Expression:
        members = node.members or {}
        pairs, parts = [], []
        for name, member in members.items():
            if member.is_null:
                continue
            if name.startswith("Fn::") and len(members) > 1:
                raise SourceError(f"{name} stands beside other keys", member.at, hint="a function is the only key")
            child = place.child(name) if place is not None else None
            part = self.value(member, child)
            parts.append(part)
            pairs.append((name, self._leaf(part)))
        return replace(merged(DictOf(tuple(pairs)), Kind.MAP, parts), secret=False)

    def _leaf(self, part: Expression) -> Code:
        if not part.secret or part.kind in {Kind.MAP, Kind.LIST}:
            return part.code
        self.awaits |= part.carries
        self.known.uses.add("secret")
        return sealed(part.code)

    def _list(self, node: TemplateNode, place: Shape | None) -> Expression:
        inner = place.item() if place is not None else None
        codes, parts = [], []
        for item in node.items or ():
            part = self._item(item, inner)
            if part.kind is not Kind.NONE:
                parts.append(part)
                codes.append(self._leaf(part))
        return replace(merged(ListOf(tuple(codes)), Kind.LIST, parts), secret=False)

    def _item(self, item: TemplateNode, place: Shape | None) -> Expression:
        """An item of a list; one that is only there under a condition becomes `*([item] if condition else [])`."""
        called = function_of(item)
        if called is None or called[0] != "Fn::If":
            return self.value(item, place)
        name, then, otherwise = self._arguments(called[1], "Fn::If", 3)
        branches = [self.value(then, place), self.value(otherwise, place)]
        if not any(branch.kind is Kind.NONE or self._is_nested(branch, place) for branch in branches):
            return self.value(item, place)
        condition = self._condition_name(name)
        if all(branch.kind is Kind.NONE for branch in branches):
            return NOTHING
        lists = [self._as_list(branch, place) for branch in branches]
        return replace(merged(Star(_choice(condition, lists[0], lists[1])), Kind.ANY, branches), secret=False)

    def _as_list(self, branch: Expression, place: Shape | None) -> Code:
        if branch.kind is Kind.NONE:
            return ListOf(())
        return branch.code if self._is_nested(branch, place) else ListOf((self._leaf(branch),))

    def _is_nested(self, value: Expression, place: Shape | None) -> bool:
        """Whether a list stands where its items belong, as CloudFormation allows it in a list."""
        return value.kind is Kind.LIST and place is not None and bool(place.types) and "array" not in place.types

    # -- functions

    def _call(self, name: str, argument: TemplateNode, node: TemplateNode, place: Shape | None) -> Expression:
        handlers: dict[str, Callable[[TemplateNode, Shape | None], Expression]] = {
            "Ref": self._ref,
            "Fn::GetAtt": self._attribute,
            "Fn::Sub": self._sub,
            "Fn::Join": self._join,
            "Fn::Select": self._select,
            "Fn::Split": self._split,
            "Fn::FindInMap": self._find_in_map,
            "Fn::Base64": self._base64,
            "Fn::Cidr": self._cidr,
            "Fn::GetAZs": self._zones,
            "Fn::ImportValue": self._import,
            "Fn::GetStackOutput": self._stack_output,
            "Fn::If": self._if,
            "Fn::Length": self._length,
            "Fn::ToJsonString": self._to_json,
            "Fn::Transform": self._transform,
        }
        if name in handlers:
            return handlers[name](argument, place)
        if name in {"Fn::And", "Fn::Or", "Fn::Not", "Fn::Equals"}:
            return Expression(self.condition(node), Kind.BOOLEAN)
        near = did_you_mean(name, FUNCTIONS)
        raise SourceError(f"unknown function {name}", node.at, hint=f"did you mean {near!r}?" if near else None)

    def _arguments(self, node: TemplateNode, name: str, *counts: int) -> tuple[TemplateNode, ...]:
        if node.items is None or len(node.items) not in counts:
            wanted = " or ".join(map(str, counts))
            raise SourceError(f"{name} takes a list of {wanted} values", node.at)
        return node.items

    def _name(self, node: TemplateNode, function: str) -> str:
        if not node.is_scalar:
            raise SourceError(f"{function} takes a name", node.at)
        return scalar_text(node)

    def _ref(self, node: TemplateNode, place: Shape | None) -> Expression:
        return self.reference(self._name(node, "Ref"), node, place)

    def reference(self, name: str, node: TemplateNode, place: Shape | None = None) -> Expression:
        """What `Ref` gives for a name.

        Args:
            name: A parameter, a pseudo parameter or a logical id.
            node: Where it stands.
            place: What the schema says about that place.

        Raises:
            SourceError: The template has no such name.
        """
        if name in self.known.parameters:
            return self._parameter(name, place)
        if name in self.known.resources:
            return self._resource_ref(name, node)
        if name.startswith("AWS::"):
            return self._pseudo(name, node)
        if self._of_module(name):
            return self._undecided(f"{name} is made by a module", node)
        raise self._missing(name, node)

    def _of_module(self, name: str) -> bool:
        """Whether a module or a macro may make the resource of this name."""
        resources = self.known.template.resources
        return bool(self.known.template.transforms) or any(
            one.type.endswith("::MODULE") and name.startswith(logical) for logical, one in resources.items()
        )

    def _missing(self, name: str, node: TemplateNode) -> SourceError:
        near = did_you_mean(name, [*self.known.parameters, *self.known.resources])
        hint = f"did you mean {near!r}?" if near else "it is neither a parameter nor a resource of the template"
        return SourceError(f"the template has no {name!r}", node.at, hint=hint)

    def _parameter(self, name: str, place: Shape | None) -> Expression:
        parameter: TemplateParameter = self.known.template.parameters[name]
        if place is not None:
            self.known.places.setdefault(name, []).append(place.item() if parameter.is_list else place)
            if any(place.says("enum")):
                self.known.loose.add(name)
        return Expression(Raw(self.known.parameters[name]), parameter_kind(parameter), secret=parameter.no_echo)

    def _pseudo(self, name: str, node: TemplateNode) -> Expression:
        if name == "AWS::NoValue":
            return NOTHING
        if name in PSEUDO:
            self.known.uses.add("here")
            if name == "AWS::URLSuffix":
                self.known.helpers.add("url_suffix")
            return Expression(Raw(PSEUDO[name]), Kind.TEXT)
        if name == "AWS::StackName":
            self.known.uses.add("stack_name")
            return Expression(self.known.stack_name, Kind.TEXT)
        if name == "AWS::StackId":
            return self._stack_id(node)
        if name in _PSEUDO:
            return self._undecided(f"{name} has no counterpart", node)
        near = did_you_mean(name, _PSEUDO)
        hint = f"did you mean {near!r}?" if near else None
        raise SourceError(f"unknown pseudo parameter {name}", node.at, hint=hint)

    def _stack_id(self, node: TemplateNode) -> Expression:
        self.known.uses |= {"here", "stack_name"}
        self.known.helpers.add("stack_id")
        text = "AWS::StackId became an id of the same form that CloudFormation does not know"
        self.known.remarks.append(Remark(node.at, self.subject, text))
        return Expression(CallOf("stack_id", (("", self.known.stack_name), ("", Raw("here")))), Kind.TEXT)

    def _resource_ref(self, name: str, node: TemplateNode) -> Expression:
        variable, kind = self.known.resources[name], self.known.kinds.get(name)
        if name in self.known.stubs:
            return Expression(Raw(variable), Kind.ANY, carries=frozenset({name}))
        if kind is not None and not kind.ref_identifier and len(kind.identifiers) != 1:
            return self._undecided(f"no source says what Ref gives for {kind.name}", node)
        return Expression(Raw(f"{variable}.ref"), Kind.TEXT, carries=frozenset({name}))

    def _attribute(self, node: TemplateNode, place: Shape | None) -> Expression:
        del place
        if node.is_scalar:
            name, _, attribute = scalar_text(node).partition(".")
            return self.attribute(name, attribute, node)
        first, *rest = self._arguments(node, "Fn::GetAtt", 2, 3)
        if not all(one.is_scalar for one in rest):
            return self._undecided("the attribute of Fn::GetAtt is computed", node)
        attribute = ".".join(scalar_text(one) for one in rest)
        return self.attribute(self._name(first, "Fn::GetAtt"), attribute, node)

    def attribute(self, name: str, attribute: str, node: TemplateNode) -> Expression:
        """What `Fn::GetAtt` gives.

        Args:
            name: The logical id.
            attribute: Such as `Endpoint.Address`.
            node: Where it stands.

        Raises:
            SourceError: The template has no such resource.
        """
        if name not in self.known.resources:
            if self._of_module(name):
                return self._undecided(f"{name} is made by a module", node)
            raise self._missing(name, node)
        variable, kind = self.known.resources[name], self.known.kinds.get(name)
        carries = frozenset({name})
        if name in self.known.stubs:
            return Expression(Raw(variable), Kind.ANY, carries=carries)
        path = tuple(attribute.split("."))
        if kind is None:
            return Expression(_attribute_code(variable, path), Kind.TEXT, carries=carries)
        return self._known_attribute(kind, variable, path, node, carries)

    def _known_attribute(
        self, kind: ResourceType, variable: str, path: tuple[str, ...], node: TemplateNode, carries: frozenset[str]
    ) -> Expression:
        if path[0] not in kind.properties:
            joined_name = "".join(path)
            if joined_name in kind.properties:
                path = (joined_name,)
            else:
                return self._undecided(f"{kind.name} has no attribute {'.'.join(path)} in Cloud Control", node)
        shape = Shape.of(kind)
        for step in path:
            shape = shape.child(step)
        return Expression(_attribute_code(variable, path), _kind_of(shape), carries=carries)

    def _undecided(self, what: str, node: TemplateNode) -> Expression:
        self.known.helpers.add("undecided")
        self.known.remarks.append(Remark(node.at, self.subject, what, blocks=True))
        text = f"{what} (line {node.at.line})"
        return Expression(CallOf("undecided", (("", TextOf(text)),)), Kind.ANY)

    def _sub(self, node: TemplateNode, place: Shape | None) -> Expression:
        given: Mapping[str, TemplateNode] = {}
        text = node
        if node.items is not None:
            text, names = self._arguments(node, "Fn::Sub", 1, 2) if len(node.items) == 2 else (node.items[0], None)
            given = (names.members or {}) if names is not None else {}
        if not text.is_scalar:
            if function_of(text) is not None:
                return self._undecided("the text of Fn::Sub is computed", node)
            raise SourceError("Fn::Sub takes a text", node.at)
        return self._substituted(scalar_text(text), given, text, place)

    def _substituted(
        self, text: str, given: Mapping[str, TemplateNode], node: TemplateNode, place: Shape | None
    ) -> Expression:
        parts: list[Expression] = []
        end = 0
        for match in _VARIABLE.finditer(text):
            parts.append(self._dynamic(text[end : match.start()]))
            end = match.end()
            if match[1]:
                parts.append(Expression(TextOf(f"${{{match[2]}}}"), Kind.TEXT, literal=True))
            else:
                parts.append(self._variable(match[2].strip(), given, node))
        parts.append(self._dynamic(text[end:]))
        return self._with_dynamic(joined(parts), place)

    def _variable(self, name: str, given: Mapping[str, TemplateNode], node: TemplateNode) -> Expression:
        if name in given:
            return self._as_text(self._computed(given[name]), node)
        if "." in name and not name.startswith("AWS::"):
            resource, _, attribute = name.partition(".")
            return self._as_text(self.attribute(resource, attribute, node), node)
        return self._as_text(self.reference(name, node), node)

    def _as_text(self, value: Expression, node: TemplateNode) -> Expression:
        """A value within a larger text; numbers stand in it as they are."""
        if value.kind is Kind.LIST:
            # As CloudFormation does for a list of texts.
            self.awaits |= value.carries
            joined_text = MethodOf(TextOf(","), "join", (value.code,))
            return replace(value.made(joined_text, Kind.TEXT), carries=frozenset())
        if value.kind is Kind.NONE:
            raise SourceError("AWS::NoValue can't be part of a text", node.at)
        return value

    def _join(self, node: TemplateNode, place: Shape | None) -> Expression:
        separator_node, items = self._arguments(node, "Fn::Join", 2)
        separator = self._text(separator_node)
        if items.items is None:
            listed = self._computed(items, TEXTS)
            self.awaits |= listed.carries
            call = MethodOf(separator.code, "join", (listed.code,))
            return replace(merged(call, Kind.TEXT, [separator, listed]), carries=separator.carries)
        parts = [self._join_item(item) for item in items.items]
        if any(isinstance(part.code, Star) for part in parts) or not isinstance(separator.code, TextOf):
            codes = tuple(part.code if isinstance(part.code, Star) else text_of(part).code for part in parts)
            return merged(MethodOf(separator.code, "join", (ListOf(codes),)), Kind.TEXT, [separator, *parts])
        row: list[Expression] = []
        for part in parts:
            if part.kind is Kind.NONE:
                continue
            if row and separator.code.value:
                row.append(separator)
            row.append(part)
        return self._with_dynamic(joined(row), place)

    def _join_item(self, item: TemplateNode) -> Expression:
        part = unsealed(self._item(item, TEXTS.item()))
        if part.kind is Kind.LIST and isinstance(part.code, ListOf):
            return part
        if part.kind is Kind.LIST:
            self.awaits |= part.carries
            return replace(part.made(Star(part.code), Kind.ANY), carries=frozenset())
        return part

    def _text(self, node: TemplateNode) -> Expression:
        return text_of(self._computed(node))

    def _computed(self, node: TemplateNode, place: Shape | None = None) -> Expression:
        """A value that a function takes apart or makes a text of: the result is sealed, not the items."""
        return unsealed(self._value(node, place))

    def _plain(self, value: Expression) -> Expression:
        """A value that Python computes with: what is in it is awaited first."""
        if not value.carries:
            return value
        self.awaits |= value.carries
        if isinstance(value.code, Formatted):
            self.known.helpers.add("plain")
            return replace(value, code=CallOf("plain", (("", value.code),)), carries=frozenset())
        return replace(value, carries=frozenset())

    def _select(self, node: TemplateNode, place: Shape | None) -> Expression:
        index_node, items = self._arguments(node, "Fn::Select", 2)
        index = self._value(index_node, None)
        if index.literal and items.items is not None:
            position = self._position(index_node)
            if position >= len(items.items):
                raise SourceError(f"Fn::Select takes item {position} of {len(items.items)}", node.at)
            return self._value(items.items[position], place)
        listed = self._plain(self._computed(items, TEXTS))
        key = Raw(str(self._position(index_node))) if index.literal else self._as_index(index)
        if isinstance(listed.code, Raw | MethodOf | CallOf | IndexOf | ListOf):
            return listed.made(IndexOf(listed.code, key), Kind.TEXT if listed.kind is Kind.LIST else listed.kind)
        return listed.made(IndexOf(listed.code, key), Kind.TEXT)

    def _position(self, node: TemplateNode) -> int:
        text = scalar_text(node)
        if not text.strip().isdigit():
            raise SourceError(f"Fn::Select takes the number of an item, not {text!r}", node.at)
        return int(text)

    def _as_index(self, index: Expression) -> Code:
        plain = self._plain(index)
        return plain.code if plain.kind is Kind.INTEGER else CallOf("int", (("", plain.code),))

    def _split(self, node: TemplateNode, place: Shape | None) -> Expression:
        del place
        separator, text = self._arguments(node, "Fn::Split", 2)
        held = self._plain(self._text(text))
        return held.made(MethodOf(held.code, "split", (self._text(separator).code,)), Kind.LIST)

    def _find_in_map(self, node: TemplateNode, place: Shape | None) -> Expression:
        name_node, first, second, *rest = self._arguments(node, "Fn::FindInMap", 3, 4)
        default = rest[0].get("DefaultValue") if rest else None
        keys = [self._plain(self._text(one)).code for one in (first, second)]
        if not name_node.is_scalar:
            computed = self._plain(self._text(name_node)).code
            every = DictOf(tuple((one, Raw(constant)) for one, constant in self.known.mappings.items()))
            return self._mapped(IndexOf(every, computed), Kind.ANY, keys, default, place)
        name = scalar_text(name_node)
        if name not in self.known.mappings:
            near = did_you_mean(name, self.known.mappings)
            hint = f"did you mean {near!r}?" if near else None
            raise SourceError(f"the template has no mapping {name!r}", name_node.at, hint=hint)
        if place is not None and any(place.says("enum")):
            self.known.loose.add(name)
        self._note_keys(self.known.template.mappings[name], first, second)
        kind = mapping_kind(self.known.template.mappings[name], keys[1])
        return self._mapped(Raw(self.known.mappings[name]), kind, keys, default, place)

    def _note_keys(self, mapping: TemplateNode, first: TemplateNode, second: TemplateNode) -> None:
        """Keys of a mapping are the examples of the parameters that choose among them."""
        rows = mapping.members or {}
        columns = next(iter(rows.values())).members or {} if rows else {}
        for node, names in ((first, rows), (second, columns)):
            reference = node.get("Ref")
            if reference is not None and reference.is_scalar and names:
                self.known.keys.setdefault(scalar_text(reference), next(iter(names)))

    def _mapped(
        self, constant: Code, kind: Kind, keys: list[Code], default: TemplateNode | None, place: Shape | None
    ) -> Expression:
        if default is None:
            return Expression(IndexOf(IndexOf(constant, keys[0]), keys[1]), kind)
        other = self._value(default, place)
        inner = MethodOf(constant, "get", (keys[0], DictOf(())))
        return merged(MethodOf(inner, "get", (keys[1], other.code)), kind, [other])

    def _base64(self, node: TemplateNode, place: Shape | None) -> Expression:
        del place
        text = self._text(node)
        self.awaits |= text.carries
        self.known.helpers.add("base64")
        return replace(text.made(CallOf("base64", (("", text.code),)), Kind.TEXT), carries=frozenset())

    def _cidr(self, node: TemplateNode, place: Shape | None) -> Expression:
        del place
        block, count, *bits = self._arguments(node, "Fn::Cidr", 2, 3)
        numbers = [self._whole(one) for one in (count, *bits)]
        text = self._text(block)
        self.awaits |= text.carries
        self.known.helpers.add("cidr")
        call = CallOf("cidr", (("", text.code), *(("", one) for one in numbers)))
        return replace(text.made(call, Kind.LIST), carries=frozenset())

    def _whole(self, node: TemplateNode) -> Code:
        value = self._plain(self._value(node, None))
        if value.literal:
            return Raw(scalar_text(node))
        return value.code if value.kind is Kind.INTEGER else CallOf("int", (("", value.code),))

    def _zones(self, node: TemplateNode, place: Shape | None) -> Expression:
        del place
        region = self._text(node) if not node.is_null else NOTHING
        own = region.kind is Kind.NONE or region.code in {TextOf(""), Raw("here.region")}
        self.known.uses.add("zones")
        if own:
            return Expression(Raw("zones"), Kind.LIST)
        return self._undecided("Fn::GetAZs of another Region", node)

    def _import(self, node: TemplateNode, place: Shape | None) -> Expression:
        return self._exported(self._plain(self._text(node)), place)

    def _exported(self, name: Expression, place: Shape | None) -> Expression:
        self.known.helpers.add("exported")
        example = TextOf(example_of(_words(name.code), [place] if place is not None else []))
        live = self.known.exports.get(self._known_text(name.code))
        otherwise = (("otherwise", TextOf(live)),) if live is not None else ()
        call = CallOf("await exported", (("", name.code), ("example", example), *otherwise))
        return Expression(call, Kind.TEXT, secret=name.secret)

    def _known_text(self, code: Code) -> str:
        """A text made of what is written into the program; empty if anything else is in it."""
        variables = {variable: self.known.values.get(name) for name, variable in self.known.parameters.items()}
        parts = code.parts if isinstance(code, Formatted) else (code.value if isinstance(code, TextOf) else code,)
        found = [one if isinstance(one, str) else variables.get(getattr(one, "source", "")) for one in parts]
        return "" if None in found else "".join(map(str, found))

    def _stack_output(self, node: TemplateNode, place: Shape | None) -> Expression:
        stack, output = node.get("StackName"), node.get("OutputName")
        if stack is None or output is None or node.get("Region") or node.get("RoleArn"):
            return self._undecided("Fn::GetStackOutput of another account or Region", node)
        name = joined([self._text(stack), Expression(TextOf("-"), Kind.TEXT, literal=True), self._text(output)])
        return self._exported(self._plain(name), place)

    def _if(self, node: TemplateNode, place: Shape | None) -> Expression:
        name, then, otherwise = self._arguments(node, "Fn::If", 3)
        condition = self._condition_name(name)
        branches = [self.value(then, place), self.value(otherwise, place)]
        if {branch.kind for branch in branches} == {Kind.NONE}:
            return NOTHING
        kinds = {branch.kind for branch in branches if branch.kind is not Kind.NONE}
        if len(kinds) > 1 and kinds <= {Kind.TEXT, Kind.INTEGER, Kind.NUMBER, Kind.BOOLEAN}:
            branches = [branch if branch.kind is Kind.NONE else text_of(branch) for branch in branches]
            kinds = {Kind.TEXT}
        kind = kinds.pop() if len(kinds) == 1 else Kind.ANY
        return merged(_choice(condition, branches[0].code, branches[1].code), kind, branches)

    def _length(self, node: TemplateNode, place: Shape | None) -> Expression:
        del place
        listed = self._plain(self._computed(node))
        return listed.made(CallOf("len", (("", listed.code),)), Kind.INTEGER)

    def _to_json(self, node: TemplateNode, place: Shape | None) -> Expression:
        del place
        value = self._computed(node)
        self.known.uses.add("json")
        separators = ("separators", Raw('(",", ":")'))
        return value.made(CallOf("json.dumps", (("", value.code), separators)), Kind.TEXT)

    def _transform(self, node: TemplateNode, place: Shape | None) -> Expression:
        del place
        name = node.get("Name")
        return self._undecided(f"the macro {scalar_text(name) if name else ''} is CloudFormation's alone", node)

    # -- conditions

    def _condition_name(self, node: TemplateNode) -> str:
        name = self._name(node, "Fn::If")
        return self.condition_variable(name, node)

    def condition_variable(self, name: str, node: TemplateNode) -> str:
        """The variable of a condition.

        Args:
            name: The condition's name.
            node: Where it stands.

        Raises:
            SourceError: The template has no such condition.
        """
        if name in self.known.conditions:
            return self.known.conditions[name]
        near = did_you_mean(name, self.known.conditions)
        hint = f"did you mean {near!r}?" if near else None
        raise SourceError(f"the template has no condition {name!r}", node.at, hint=hint)

    def condition(self, node: TemplateNode) -> Code:
        """A condition as an expression.

        Args:
            node: `Fn::And`, `Fn::Equals`, `Condition`, ...

        Raises:
            SourceError: It is none.
        """
        if node.members is None or len(node.members) != 1:
            if node.is_scalar:
                return Raw(str(scalar_text(node) == "true"))
            raise SourceError("a condition is one function", node.at)
        ((name, argument),) = node.members.items()
        if name == "Condition":
            return Raw(self.condition_variable(self._name(argument, name), argument))
        if name == "Fn::Not":
            (only,) = self._arguments(argument, name, 1)
            return _negated(self.condition(only))
        if name in {"Fn::And", "Fn::Or"}:
            parts = self._arguments(argument, name, *range(1, 11))
            return Operands(name[4:].lower(), tuple(self.condition(one) for one in parts))
        if name == "Fn::Equals":
            return self._equals(*self._arguments(argument, name, 2))
        raise SourceError(f"{name} is no condition", node.at, hint="Fn::And, Fn::Or, Fn::Not, Fn::Equals, Condition")

    def _equals(self, left: TemplateNode, right: TemplateNode) -> Code:
        values = [self._value(left, None), self._value(right, None)]
        if all(value.literal for value in values):
            return Operands("==", tuple(text_of(value).code for value in values))
        if all(value.kind is Kind.INTEGER for value in values):
            return Operands("==", tuple(value.code for value in values))
        self._note_strange_choice(left, right)
        self._note_strange_choice(right, left)
        return Operands("==", tuple(text_of(value).code for value in values))

    def _note_strange_choice(self, left: TemplateNode, right: TemplateNode) -> None:
        """A parameter compared with what it does not allow is no `Literal`: type checkers refuse the comparison."""
        reference = left.get("Ref")
        if reference is None or not reference.is_scalar or function_of(right) is not None:
            return
        parameter = self.known.template.parameters.get(scalar_text(reference))
        if parameter is None or not parameter.allowed or not right.is_scalar:
            return
        if scalar_text(right) not in parameter.allowed:
            self.known.loose.add(parameter.name)


def _choice(condition: str, then: Code, otherwise: Code) -> Code:
    if then == otherwise:
        return then
    if (then, otherwise) == (Raw("True"), Raw("False")):
        return Raw(condition)
    if (then, otherwise) == (Raw("False"), Raw("True")):
        return Not(Raw(condition))
    return Choice(Raw(condition), then, otherwise)


def _negated(code: Code) -> Code:
    if isinstance(code, Operands) and code.operator == "==":
        return Operands("!=", code.operands)
    return Not(code)


def _attribute_code(variable: str, path: tuple[str, ...]) -> Code:
    code: Code = Raw(f"{variable}.{path[0]}") if path[0].isidentifier() else Raw(f'{variable}["{path[0]}"]')
    for step in path[1:]:
        code = IndexOf(code, TextOf(step))
    return code


def _kind_of(shape: Shape) -> Kind:
    types = shape.types - {"null"}
    if types == {"array"}:
        return Kind.LIST
    for name, kind in (("string", Kind.TEXT), ("boolean", Kind.BOOLEAN), ("integer", Kind.INTEGER)):
        if types == {name}:
            return kind
    return Kind.NUMBER if types == {"number"} else Kind.ANY


def parameter_kind(parameter: TemplateParameter) -> Kind:
    """The Python type of a parameter's argument.

    Args:
        parameter: The parameter.
    """
    if parameter.is_list:
        return Kind.LIST
    if not parameter.is_number:
        return Kind.TEXT
    samples = [*parameter.allowed, *([parameter.default] if parameter.default is not None else [])]
    if all(re.fullmatch(r"-?(0|[1-9]\d*)", sample) for sample in samples):
        return Kind.INTEGER
    return Kind.TEXT


def mapping_kind(mapping: TemplateNode, key: Code) -> Kind:
    """The Python type of what a mapping holds under a second key.

    Args:
        mapping: The mapping.
        key: The second key, which may be computed.
    """
    kinds = set()
    for row in (mapping.members or {}).values():
        for name, node in (row.members or {}).items():
            if not isinstance(key, TextOf) or name == key.value:
                kinds.add(Kind.LIST if node.items is not None else Kind.TEXT)
    return kinds.pop() if len(kinds) == 1 else Kind.ANY


def _words(name: Code) -> str:
    """The literal parts of a name."""
    if isinstance(name, Formatted):
        return "".join(part for part in name.parts if isinstance(part, str))
    return name.value if isinstance(name, TextOf) else ""
