"""From a field's type to its JSON schema, and from JSON to a value of the type."""

from __future__ import annotations

import dataclasses
import inspect
import types
import typing
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal, TypeVar, Union, get_args, get_origin

from cloudwright.errors import ProgramError
from cloudwright.lazy_dataclass import dataclass
from cloudwright.program.asset_content import Asset
from cloudwright.secret import Secret

Path = tuple[str, ...]
C = TypeVar("C")

_ADVICE = (
    "use str, int, float, bool, Literal, Secret, list[...], dict[str, ...], frozen dataclasses, TypedDicts, "
    "each with or without `| None`"
)
_SCALARS: dict[object, str] = {str: "string", int: "integer", float: "number", bool: "boolean"}


class WrongValue(Exception):
    """A value does not have the type that its field declares."""


@dataclass(frozen=True, slots=True)
class FieldType:
    """A type as JSON has it.

    Attributes:
        name: The type for people.
        schema: Its JSON schema.
        read: Makes a value of the type from JSON; takes the value and its place, raises `WrongValue`.
        secrets: The places of `Secret` values, with `*` for any item or key.
        optional: Whether `None` is allowed.
    """

    name: str
    schema: Mapping[str, object]
    read: Callable[[object, str], object]
    secrets: tuple[Path, ...] = ()
    optional: bool = False


def shape_of(hint: object, at: str) -> FieldType:
    """The shape of a field's type.

    Args:
        hint: The evaluated annotation, without `Annotated`.
        at: The class and field, for messages.

    Raises:
        ProgramError: The type has no JSON form.
    """
    if hint is Secret:
        return FieldType("Secret", {"type": "string"}, _secret, secrets=((),))
    if hint is object or hint is Any:
        return FieldType("object", {}, lambda value, _: value)
    if isinstance(hint, type) and hint in _SCALARS:
        return FieldType(hint.__name__, {"type": _SCALARS[hint]}, _scalar(hint))
    if get_origin(hint) is Literal:
        return _literal(get_args(hint), at)
    if get_origin(hint) in {Union, types.UnionType}:
        return _optional(hint, at)
    if typing.is_typeddict(hint) or dataclasses.is_dataclass(hint):
        return _record(hint, at)
    return _collection(hint, at)


def _literal(values: tuple[object, ...], at: str) -> FieldType:
    kinds = {type(value) for value in values}
    if len(kinds) != 1 or not kinds <= _SCALARS.keys():
        raise _formless(Literal, at)
    name = " | ".join(map(repr, values))

    def read(value: object, place: str) -> object:
        if value not in values:
            raise WrongValue(f"{place} is {value!r}, not one of {name}")
        return value

    return FieldType(name, {"type": _SCALARS[kinds.pop()], "enum": list(values)}, read)


def _optional(hint: object, at: str) -> FieldType:
    others = [arm for arm in get_args(hint) if arm is not type(None)]
    if len(others) != 1 or len(get_args(hint)) != 2:
        raise _formless(hint, at)
    inner = shape_of(others[0], at)

    def read(value: object, place: str) -> object:
        return None if value is None else inner.read(value, place)

    return FieldType(f"{inner.name} | None", inner.schema, read, inner.secrets, optional=True)


def _collection(hint: object, at: str) -> FieldType:
    origin, arms = get_origin(hint), get_args(hint)
    if origin in {list, Sequence} and len(arms) == 1:
        return _list(shape_of(arms[0], f"{at}[]"), list)
    if origin is tuple and len(arms) == 2 and arms[1] is Ellipsis:
        return _list(shape_of(arms[0], f"{at}[]"), tuple)
    if origin in {dict, Mapping} and len(arms) == 2 and arms[0] is str:
        return _map(shape_of(arms[1], f"{at}[...]"))
    raise _formless(hint, at)


def _list(item: FieldType, make: Callable[[list[object]], object]) -> FieldType:
    def read(value: object, place: str) -> object:
        if not isinstance(value, (list, tuple)):
            raise _wrong(value, f"list[{item.name}]", place)
        return make([item.read(one, f"{place}[{number}]") for number, one in enumerate(value)])

    secrets = tuple(("*", *path) for path in item.secrets)
    return FieldType(f"list[{item.name}]", {"type": "array", "items": item.schema}, read, secrets)


def _map(member: FieldType) -> FieldType:
    def read(value: object, place: str) -> object:
        if not isinstance(value, Mapping) or not all(isinstance(key, str) for key in value):
            raise _wrong(value, f"dict[str, {member.name}]", place)
        return {key: member.read(one, f"{place}[{key!r}]") for key, one in value.items()}

    secrets = tuple(("*", *path) for path in member.secrets)
    schema = {"type": "object", "patternProperties": {".*": member.schema}, "additionalProperties": False}
    return FieldType(f"dict[str, {member.name}]", schema, read, secrets)


def _record(hint: Any, at: str) -> FieldType:
    written = annotations_of(hint, at)
    members = {name: shape_of(bare(one), f"{at}.{name}") for name, one in written.items()}
    required = sorted(name for name in members if _required(hint, name, written[name]) and not members[name].optional)

    def read(value: object, place: str) -> object:
        if not isinstance(value, Mapping):
            raise _wrong(value, hint.__name__, place)
        absent = [name for name in required if name not in value]
        if absent or (strange := sorted(set(value) - set(members))):
            fault = f"lacks {absent[0]!r}" if absent else f"has the unknown member {strange[0]!r}"
            raise WrongValue(f"{place} {fault}; it is a {hint.__name__}")
        return hint(**{name: members[name].read(one, f"{place}.{name}") for name, one in value.items()})

    schema = {
        "type": "object",
        "properties": {name: one.schema for name, one in members.items()},
        "required": required,
        "additionalProperties": False,
    }
    secrets = tuple((name, *path) for name, one in members.items() for path in one.secrets)
    return FieldType(hint.__name__, schema, read, secrets)


def _required(hint: Any, name: str, written: object) -> bool:
    if typing.is_typeddict(hint):
        # Where annotations are texts, `__required_keys__` does not know of `NotRequired`.
        said = get_origin(written)
        return bool(hint.__total__) if said not in {typing.Required, typing.NotRequired} else said is typing.Required
    field = next(one for one in dataclasses.fields(hint) if one.name == name)
    return field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING


def annotations_of(cls: Any, at: str) -> dict[str, object]:
    """The evaluated annotations that a class itself makes, `Annotated` kept.

    Raises:
        ProgramError: An annotation names what its module doesn't define.
    """
    try:
        if typing.is_typeddict(cls) or dataclasses.is_dataclass(cls):
            return dict(typing.get_type_hints(cls, include_extras=True))
        return dict(inspect.get_annotations(cls, eval_str=True))
    except (NameError, AttributeError, TypeError, SyntaxError) as error:
        raise ProgramError(
            f"{at}: its field types can't be evaluated: {error}",
            hint="import the types of the fields at run time (not only `if TYPE_CHECKING`) and define them in a module",
        ) from None


def bare(hint: object) -> object:
    """A type without `Annotated`, `Required` and `NotRequired`."""
    wrapped = {typing.Annotated, typing.Required, typing.NotRequired}
    while get_origin(hint) in wrapped:
        hint = get_args(hint)[0]
    return hint


def plain(value: object) -> object:
    """A declared value with dataclasses as mappings; references, secrets, assets and handles stay as they are."""
    if isinstance(value, Asset):  # a dataclass of ours, which stands for a place that is known later
        return value
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        members = {field.name: getattr(value, field.name) for field in dataclasses.fields(value)}
        return {name: plain(one) for name, one in members.items() if one is not None}
    if type(value) is dict:
        return {key: plain(one) for key, one in value.items()}
    return [plain(one) for one in value] if type(value) in {list, tuple} else value  # type: ignore[attr-defined]


def _secret(value: object, place: str) -> object:
    if isinstance(value, Secret):
        return value
    if not isinstance(value, str):
        raise _wrong(type(value), "Secret", place)
    return Secret(value)


def _scalar(kind: type) -> Callable[[object, str], object]:
    allowed: tuple[type, ...] = (int, float) if kind is float else (kind,)

    def read(value: object, place: str) -> object:
        if not isinstance(value, allowed) or (isinstance(value, bool) and kind is not bool):
            raise _wrong(value, kind.__name__, place)
        return value

    return read


def _wrong(value: object, wanted: str, place: str) -> WrongValue:
    # The value itself may be secret, so only its type is named.
    return WrongValue(f"{place} is {kind_of(value)}; its type is {wanted}")


def kind_of(value: object) -> str:
    """The type of a value in a sentence: `a str`, `an int`, `None`.

    Args:
        value: Any value, which may be secret.
    """
    name = type(value).__name__
    return "None" if value is None else f"{'an' if name[0].lower() in 'aeiou' else 'a'} {name}"


def _formless(hint: object, at: str) -> ProgramError:
    name = getattr(hint, "__name__", None) or str(hint)
    return ProgramError(f"{at}: {name} has no JSON form", hint=_ADVICE)
