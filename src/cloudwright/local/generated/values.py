"""Read-only values that the service would return: plausible, and deterministic for a seed.

Order of the sources (schemas.md 5.3): the override table, the ARN template, known prefixes, enums, times, the pattern,
and finally the property's name.
"""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

from cloudwright.local.generated import arns, known_forms, names
from cloudwright.local.generated.patterns import generate
from cloudwright.local.model.overrides import overrides
from cloudwright.local.model.paths import MISSING, put, value_at
from cloudwright.local.model.validation import matches

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from random import Random

    from cloudwright.local.model.paths import Path
    from cloudwright.local.model.types import LocalType
    from cloudwright.local.rows import AccountRegion

Model = dict[str, Any]

_GOOD_STATES = ("ACTIVE", "AVAILABLE", "ENABLED", "READY", "CREATED", "COMPLETED", "SUCCEEDED", "INSERVICE", "ONLINE")
_ROOMY = 10
"""Minimum length of a generated identifier, if its pattern allows it."""

_DISTINCT = ("Id", "Identifier", "Arn", "ARN")
"""Endings of the names of values that distinguish resources."""

_COUNTED = ("Version", "VersionNumber", "Revision", "DeploymentNumber")
"""Names of properties with which a service numbers resources."""

_ABSENT = ("error", "failure", "reason", "message", "deletedat", "deletiontime", "expir")
"""Parts of names of values that a new, healthy resource does not have."""


class ValueMaker:
    """Generates the values of one resource."""

    def __init__(
        self, kind: LocalType, place: AccountRegion, partition: str, random: Random, now: float, ordinal: int = 1
    ) -> None:
        """Set everything that values depend on.

        Args:
            kind: The resource type.
            place: Account and Region.
            partition: Such as `aws`.
            random: Seeded by the caller.
            now: Seconds since the epoch.
            ordinal: The value of a counted identifier, such as a version number.
        """
        self._kind = kind
        self._ordinal = ordinal
        self._scope = arns.ArnPrefix(partition, place.region, place.account)
        self._random = random
        self._now = now
        self._writer = known_forms.KnownFormMaker(kind, self._scope, random, now, ordinal)

    def create(self, model: Model) -> None:
        """Add everything that the service decides to a new model: a missing name, and what `complete` adds."""
        self._fill(model, names.generated(self._kind))

    def complete(self, model: Model) -> None:
        """Add the values that the service decides at any time, in place: ids, ARNs and other read-only values."""
        self._fill(model, ())

    def _fill(self, model: Model, wanted: Iterable[Path]) -> None:
        for path in self._missing(model, wanted):
            value = self._value(path, model)
            if value is not MISSING:
                put(model, path, value)

    def touch(self, model: Model) -> None:
        """Set the read-only modification times to now (CC48)."""
        for path in self._kind.read_only:
            if self._is_time(self._kind.node(path)) and _names_any(path[-1], ("updat", "modif", "chang")):
                put(model, path, self._time(self._kind.node(path)))

    def _missing(self, model: Model, more: Iterable[Path]) -> list[Path]:
        wanted = [*self._kind.identifier, *more]
        wanted += [path for pattern in self._kind.read_only for path in _instances(model, pattern, self._kind)]
        unique = dict.fromkeys(wanted)
        return sorted((path for path in unique if value_at(model, path) is MISSING), key=self._rank)

    def _rank(self, path: Path) -> tuple[bool, bool, bool]:
        # ids before ARNs, since ARN templates contain ids; values that depend on nothing else come first
        made_of_others = any(known_forms.is_property(word) for word in known_forms.placeholders(self._form(path)))
        return (_names_any(path[-1], ("arn",)), made_of_others, path not in self._kind.identifier)

    def _form(self, path: Path) -> Any:
        return overrides()["properties"].get(f"{self._kind.name}/{'/'.join(path)}", MISSING)

    def _value(self, path: Path, model: Model) -> Any:
        node = self._kind.node(path)
        form = self._form(path)
        if form is not MISSING:
            return self._writer.write(form, model, self._own_name(model))
        if path not in self._kind.identifier and _names_any(path[-1], _ABSENT):
            return MISSING
        if is_counted(self._kind, path):
            return self._ordinal if node.get("type") in {"integer", "number"} else str(self._ordinal)
        return self._by_type(node, path, model)

    def _by_type(self, node: Model, path: Path, model: Model) -> Any:
        types = node.get("type", "string")
        names = [types] if isinstance(types, str) else types
        if "string" in names:
            return self._string(node, path, model)
        if "integer" in names or "number" in names:
            return self._number(node)
        if "boolean" in names:
            return False
        return MISSING

    def _number(self, node: Model) -> int:
        return max(int(node.get("minimum", 1)), 1)

    def _string(self, node: Model, path: Path, model: Model) -> Any:
        for candidate in self._candidates(node, path, model):
            if self._fits(node, candidate):
                return candidate
        pattern = node.get("pattern")
        if pattern:
            low, high = int(node.get("minLength", 1)), int(node.get("maxLength", 1024))
            # A short identifier would soon repeat, and so would an ARN that contains a short id.
            distinct = path in self._kind.identifier or path[-1].endswith(_DISTINCT)
            for shortest in (max(low, min(_ROOMY, high)), low) if distinct else (low,):
                made = generate(pattern, self._random, shortest=shortest, longest=high, roomy=_ROOMY * distinct)
                if made is not None:
                    moved = arns.at_home(made, self._scope)
                    return moved if self._fits(node, moved) else made
        return MISSING if pattern and path not in self._kind.identifier else self._plain(node, path)

    def _candidates(self, node: Model, path: Path, model: Model) -> Iterator[str]:
        if "enum" in node:
            yield _best_state([value for value in node["enum"] if isinstance(value, str)])
        if self._is_time(node):
            yield self._time(node)
        if self._is_arn(path):
            yield from self._arns(path, model)
        prefix = self._prefix(node, path)
        if prefix:
            yield prefix + self._hex(17)
        yield self._plain(node, path)
        yield self._hex(max(12, int(node.get("minLength", 0))))

    def _fits(self, node: Model, text: str) -> bool:
        if "enum" in node and text not in node["enum"]:
            return False
        if "pattern" in node and not matches(node["pattern"], text):
            return False
        return bool(text) and node.get("minLength", 0) <= len(text) <= node.get("maxLength", len(text))

    def _is_arn(self, path: Path) -> bool:
        return path[-1].endswith(("Arn", "ARN"))

    def _arns(self, path: Path, model: Model) -> Iterator[str]:
        usual = {"arn", "resourcearn", f"{self._kind.short_name.lower()}arn"}
        own = path[-1].lower() in usual or path in self._kind.identifier
        name = self._own_name(model)
        if self._kind.arn_template and own:
            yield arns.fill(self._kind.arn_template, self._scope, self._kind, model, name, self._uuid)
        lasting = arns.lasting_name(self._kind, model)
        place = arns.place_of(self._kind, model) if lasting else ""
        tail = place + (lasting or self._hex(12))
        for ending in (tail if own else f"{tail}-{path[-1][:-3].lower()}", lasting or self._hex(12), self._uuid()):
            yield arns.fallback(self._scope, self._kind, ending)

    def _own_name(self, model: Model) -> str:
        return arns.own_name(self._kind, model) or self._hex(12)

    def _prefix(self, node: Model, path: Path) -> str:
        table = overrides()["prefixes"]
        by_format = table.get(node.get("format", ""))
        if by_format or not _names_any(path[-1], ("id",)):
            return str(by_format or "")
        own = path[-1] in {"Id", f"{self._kind.short_name}Id"} or path in self._kind.identifier
        return str(table.get(self._kind.name, "")) if own else ""

    def _plain(self, node: Model, path: Path) -> str:
        longest = int(node.get("maxLength", 1024))
        named = self._by_name(path[-1].lower(), longest)
        return named or f"{self._kind.short_name.lower()}-{self._hex(12)}"[-longest:]

    def _by_name(self, name: str, longest: int) -> str:
        """The usual value of a property with this name; nothing if there is none."""
        if name.endswith("id") and name not in {"accountid", "ownerid"}:
            return self._uuid() if longest >= 36 else self._hex(longest)
        for endings, value in self._usual():
            if name.endswith(endings):
                return value
        return ""

    def _usual(self) -> Iterator[tuple[tuple[str, ...], str]]:
        host = f"{self._hex(12)}.{self._kind.service}.{self._scope.region}.amazonaws.com"
        yield ("status", "state"), "ACTIVE"
        yield ("accountid", "owneraccount", "ownerid"), self._scope.account
        yield ("zone",), f"{self._scope.region}a"
        yield ("region",), self._scope.region
        yield ("port",), "443"
        yield ("version", "revision", "number", "count", "progress", "percent"), "1"
        yield ("time", "date", "createdat", "updatedat", "timestamp"), self._time({})
        yield ("ip", "ipaddress"), "10." + ".".join(str(self._random.randrange(1, 255)) for _ in range(3))
        yield ("url", "uri"), f"https://{host}"
        yield ("endpoint", "address", "dnsname", "domainname", "hostname"), host

    def _is_time(self, node: Model) -> bool:
        return node.get("format") in {"date-time", "timestamp"}

    def _time(self, node: Model) -> str:
        moment = dt.datetime.fromtimestamp(self._now, tz=dt.UTC)
        candidates = (moment.strftime("%Y-%m-%dT%H:%M:%S.%fZ"), moment.strftime("%Y-%m-%dT%H:%M:%SZ"))
        return next((text for text in candidates if self._fits(node, text)), candidates[1])

    def _hex(self, digits: int) -> str:
        return f"{self._random.getrandbits(4 * digits):0{digits}x}"

    def _uuid(self) -> str:
        raw = self._hex(32)
        return f"{raw[:8]}-{raw[8:12]}-4{raw[13:16]}-a{raw[17:20]}-{raw[20:]}"


def is_counted(kind: LocalType, path: Path) -> bool:
    """Whether the service numbers a type's resources consecutively, and identifies them by the number."""
    if path not in kind.identifier or path not in kind.read_only:
        return False
    return kind.node(path).get("type") in {"integer", "number"} or path[-1].endswith(_COUNTED)


def _names_any(name: str, parts: tuple[str, ...]) -> bool:
    return any(part in name.lower() for part in parts)


def _best_state(values: list[str]) -> str:
    plain = {value.replace("_", "").replace("-", "").upper(): value for value in values}
    return next((plain[state] for state in _GOOD_STATES if state in plain), values[0] if values else "")


def _instances(model: Any, pattern: Path, kind: LocalType) -> Iterator[Path]:
    """The places that a read-only pointer names in a model, where the model allows them."""
    if "*" in pattern:
        yield from _in_items(model, pattern, kind)
        return
    missing = [pattern[:depth] for depth in range(1, len(pattern)) if value_at(model, pattern[:depth]) is MISSING]
    # only the service makes objects that hold nothing but its own values
    if all(kind.wholly_read_only(parent) for parent in missing[:1]):
        yield pattern


def _in_items(model: Any, pattern: Path, kind: LocalType) -> Iterator[Path]:
    at = pattern.index("*")
    holder, rest = value_at(model, pattern[:at]), pattern[at + 1 :]
    for key in _keys(holder) if rest else ():
        exact = (*pattern[:at], key, *rest)
        if "*" in rest:
            yield from _in_items(model, exact, kind)
        elif isinstance(value_at(model, exact[:-1]), dict):
            yield exact


def _keys(holder: Any) -> list[str]:
    if isinstance(holder, dict):
        return list(holder)
    return [str(index) for index in range(len(holder))] if isinstance(holder, list) else []
