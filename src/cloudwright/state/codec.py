"""State models as JSON and back: the only module that knows the stored form.

The form follows from the models: each field's annotation names its kind, so a field added to a model is stored without
a line here, and one of an unknown kind fails at import, not in somebody's state. A field that is missing in a stored
document takes its default, unless the field decides what may be done with a resource; an unknown field comes from a
newer version and is refused.
"""

from __future__ import annotations

import dataclasses
import json
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

from cloudwright.control.model import Operation
from cloudwright.errors import StateCorrupt, StateError, StateTooNew
from cloudwright.state.action_records import ActionRecord, ActionStatus
from cloudwright.state.deliveries import ImageDelivery
from cloudwright.state.journal import JournalEntry
from cloudwright.state.leases.lease import Holder, Lease
from cloudwright.state.records import Record, RecordStatus
from cloudwright.state.snapshot import Snapshot
from cloudwright.target import CredentialSource, Target

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

T = TypeVar("T")

FORMAT = 1
"""The version of the state format that this code writes. A newer one is refused, an older one migrated."""

MIGRATIONS: Mapping[int, Callable[[dict[str, Any]], dict[str, Any]]] = {}
"""Format version -> the function that migrates a snapshot document from this version to the next."""


def canonical(value: object) -> str:
    """The canonical text of a JSON value: keys sorted, no spaces, ASCII only. For hashes and comparisons.

    Raises:
        StateError: The value is not JSON.
    """
    return _dump(value, sort_keys=True)


def dumps(value: object) -> str:
    """The text under which a JSON value is stored: order kept, ASCII only, so any string survives any store.

    Raises:
        StateError: The value is not JSON.
    """
    return _dump(value, sort_keys=False)


def loads(text: str | bytes, where: str) -> Any:
    """Parse a stored text.

    Args:
        text: JSON.
        where: What it is, for the message.

    Raises:
        StateCorrupt: It is not JSON.
    """
    try:
        return json.loads(text)
    except ValueError as error:
        raise StateCorrupt(f"{where} is not JSON ({error}); nothing was changed", hint=_RESTORE) from error


def check_format(found: object, where: str, newest: int = FORMAT) -> int:
    """Reject a version that this code can't read.

    Args:
        found: The version that was stored.
        where: What carries it, for the message.
        newest: The newest version that this code reads; by default of a state.

    Raises:
        StateTooNew: A newer cloudwright wrote it.
        StateCorrupt: It is not a version at all.
    """
    if type(found) is not int or found < 1:
        raise StateCorrupt(f"{where} has no format version; nothing was changed", hint=_RESTORE)
    if found > newest:
        raise StateTooNew(
            f"{where} has format {found}, this cloudwright reads up to {newest}; nothing was changed", hint=_UPGRADE
        )
    return found


def migrate(document: dict[str, Any], where: str) -> dict[str, Any]:
    """Bring a stored document to the current format, one version at a time."""
    for version in range(check_format(document.get("format"), where), FORMAT):
        document = {**MIGRATIONS[version](document), "format": version + 1}
    return document


def encode_record(record: Record) -> dict[str, Any]:
    """A record as JSON."""
    return _encode(_RECORD, record)


def decode_record(data: object, where: object) -> Record:
    """The record that a JSON value stands for.

    Args:
        data: Parsed JSON.
        where: What it is; its text goes into messages.

    Raises:
        StateCorrupt, StateTooNew: It is not a record of this version.
    """
    return _decode(Record, _RECORD, data, where)


def encode_entry(entry: JournalEntry) -> dict[str, Any]:
    """A journal entry as JSON."""
    return _encode(_ENTRY, entry)


def decode_entry(data: object, where: object) -> JournalEntry:
    """The journal entry that a JSON value stands for; like `decode_record`."""
    return _decode(JournalEntry, _ENTRY, data, where)


def encode_delivery(delivery: ImageDelivery) -> dict[str, Any]:
    """A delivery as JSON."""
    return _encode(_DELIVERY, delivery)


def decode_delivery(data: object, where: object) -> ImageDelivery:
    """The delivery that a JSON value stands for; like `decode_record`."""
    return _decode(ImageDelivery, _DELIVERY, data, where)


def encode_action(action: ActionRecord) -> dict[str, Any]:
    """What is known about an action as JSON."""
    return _encode(_ACTION, action)


def decode_action(data: object, where: object) -> ActionRecord:
    """The action that a JSON value stands for; like `decode_record`."""
    return _decode(ActionRecord, _ACTION, data, where)


def encode_lease(lease: Lease) -> dict[str, Any]:
    """A lease as JSON."""
    return _encode(_LEASE, lease)


def decode_lease(data: object, where: str) -> Lease:
    """The lease that a JSON value stands for; like `decode_record`."""
    return _decode(Lease, _LEASE, data, where)


def encode_snapshot(snapshot: Snapshot) -> dict[str, Any]:
    """A whole state as JSON, with its format version."""
    return {"format": FORMAT, **_encode(_SNAPSHOT, snapshot)}


def decode_snapshot(data: object, where: str) -> Snapshot:
    """The state that a JSON value stands for, whatever format version up to ours it has; like `decode_record`."""
    if not isinstance(data, dict):
        raise StateCorrupt(f"{where} is not an object; nothing was changed", hint=_RESTORE)
    current = migrate(data, where)
    return _decode(Snapshot, _SNAPSHOT, {name: value for name, value in current.items() if name != "format"}, where)


def _dump(value: object, *, sort_keys: bool) -> str:
    try:
        return json.dumps(value, sort_keys=sort_keys, separators=(",", ":"), allow_nan=False)
    except (TypeError, ValueError) as error:
        # The message names the type, never the value: it may be a secret.
        raise StateError(f"a value can't be kept in the state: {error}", hint="state values are plain JSON") from None


class _Field(NamedTuple):
    """How one field is stored: `encode` is `None` where the value is its own JSON.

    A value of a type in `plain` is its own decoding: most are, and there are many, so that no call is made for them.
    """

    encode: Callable[[Any], Any] | None
    decode: Callable[[Any, str], Any]
    plain: frozenset[type]
    required: bool


def _encode(spec: Mapping[str, _Field], value: object) -> dict[str, Any]:
    return {
        name: getattr(value, name) if field.encode is None else field.encode(getattr(value, name))
        for name, field in spec.items()
    }


def _decode(model: type[T], spec: Mapping[str, _Field], data: object, where: object) -> T:
    if not isinstance(data, dict):
        raise StateCorrupt(f"{where} is not an object; nothing was changed", hint=_RESTORE)
    # A whole document, as nearly all are, lacks nothing.
    missing = [name for name in spec if spec[name].required and name not in data] if len(data) < len(spec) else ()
    if missing:
        names = ", ".join(f"`{name}`" for name in missing)
        raise StateCorrupt(f"{where}: {names} is missing; nothing was changed", hint=_RESTORE)
    try:
        return model(
            **{
                name: value if type(value) in (field := spec[name]).plain else field.decode(value, name)
                for name, value in data.items()
            }
        )
    except KeyError as error:
        raise StateTooNew(f"{where} has a field {error} that this cloudwright does not know", hint=_UPGRADE) from None
    except _Malformed as error:
        raise StateCorrupt(f"{where}: {error}; nothing was changed", hint=_RESTORE) from None


class _Malformed(Exception):
    """A stored value has the wrong kind; the text says which."""


def _refuse_all_but(kinds: Iterable[type]) -> Callable[[Any, str], Any]:
    names = " or ".join(each.__name__ for each in kinds)

    def refuse(value: Any, name: str) -> Any:
        raise _Malformed(f"`{name}` is {type(value).__name__}, not {names}")

    return refuse


def _texts(value: Any, name: str) -> tuple[str, ...]:
    if value == []:  # most lists in most records
        return ()
    if type(value) is not list or not all(type(each) is str for each in value):
        raise _Malformed(f"`{name}` is not a list of strings")
    return tuple(value)


def _enum(kind: Callable[[str], Any]) -> Callable[[Any, str], Any]:
    def decode(value: Any, name: str) -> Any:
        try:
            return kind(value)
        except ValueError:
            raise _Malformed(f"`{name}` is {value!r}") from None

    return decode


def _many(decode: Callable[[Any, str], Any]) -> Callable[[Any, str], Any]:
    def decode_all(value: Any, name: str) -> Any:
        if type(value) is not list:
            raise _Malformed(f"`{name}` is not a list")
        return tuple(decode(each, f"{name}[{index}]") for index, each in enumerate(value))

    return decode_all


def _encode_many(encode: Callable[[Any], Any]) -> Callable[[Iterable[Any]], list[Any]]:
    return lambda values: [encode(value) for value in values]


def _encode_target(target: Target) -> list[str]:
    return [target.account, target.region, target.partition, target.source.kind, target.source.name]


@lru_cache(maxsize=1024)
def _target(account: str, region: str, partition: str, kind: str, name: str) -> Target:
    return Target(account, region, partition, CredentialSource(kind, name))


def _decode_target(value: Any, name: str) -> Target:
    if type(value) is not list or len(value) != 5 or {*map(type, value)} != {str}:
        raise _Malformed(f"`{name}` is not [account, region, partition, credential kind, credential name]")
    return _target(*value)


def _fields(model: type) -> dict[str, _Field]:
    return {
        field.name: _Field(
            *_KINDS[str(field.type)],
            plain=frozenset(_PLAIN.get(str(field.type), ())),
            required=field.name in _NEVER_GUESSED or _has_no_default(field),
        )
        for field in dataclasses.fields(model)
    }


def _has_no_default(field: dataclasses.Field[Any]) -> bool:
    return field.default is field.default_factory is dataclasses.MISSING


_NEVER_GUESSED = frozenset({"generation", "current", "status", "dirty", "protect", "retain", "attempted"})
"""Fields that say what may be done with a resource: all versions wrote them, so one that is missing was lost."""


_RESTORE = "restore it from a backup, or from the bucket's earlier versions"
_UPGRADE = "upgrade cloudwright, or use the version that wrote it"

_PLAIN: dict[str, tuple[type, ...]] = {
    "str": (str,),
    "str | None": (str, type(None)),
    "int": (int,),
    "bool": (bool,),
    "bool | None": (bool, type(None)),
    "float": (float, int),
    "float | None": (float, int, type(None)),
    "Mapping[str, object]": (dict,),
}
_KINDS: dict[str, tuple[Callable[[Any], Any] | None, Callable[[Any, str], Any]]] = {
    **{name: (dict if dict in kinds else None, _refuse_all_but(kinds)) for name, kinds in _PLAIN.items()},
    "tuple[str, ...]": (list, _texts),
    "Target": (_encode_target, _decode_target),
    "RecordStatus": (None, _enum(RecordStatus)),
    "Operation": (None, _enum(Operation)),
    "ActionStatus": (None, _enum(ActionStatus)),
}
_RECORD = _fields(Record)
_KINDS["Record"] = (encode_record, decode_record)
_KINDS["tuple[Record, ...]"] = (_encode_many(encode_record), _many(decode_record))
_ENTRY = _fields(JournalEntry)
_KINDS["tuple[JournalEntry, ...]"] = (_encode_many(encode_entry), _many(decode_entry))
_DELIVERY = _fields(ImageDelivery)
_KINDS["tuple[ImageDelivery, ...]"] = (_encode_many(encode_delivery), _many(decode_delivery))
_ACTION = _fields(ActionRecord)
_KINDS["tuple[ActionRecord, ...]"] = (_encode_many(encode_action), _many(decode_action))
_HOLDER = _fields(Holder)
_KINDS["Holder"] = (lambda holder: _encode(_HOLDER, holder), lambda data, name: _decode(Holder, _HOLDER, data, name))
_LEASE = _fields(Lease)
_SNAPSHOT = _fields(Snapshot)
