"""Physical names for resources that the program leaves unnamed and whose service generates none."""

from __future__ import annotations

import re
import secrets
import string
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from cloudwright.diff.shape import Shape
from cloudwright.errors import ProgramError
from cloudwright.lazy_dataclass import dataclass, replace
from cloudwright.program.document import Unknown
from cloudwright.program.reference import Ref
from cloudwright.schema.patterns import matches

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from cloudwright.schema.resource_type import ResourceType
    from cloudwright.state.records import Record

LONGEST_NAME = 63
"""Characters of a name if the schema sets no limit; the shortest limit that is common among AWS services."""

_DNS_SERVICES = frozenset({"Route53", "Route53Domains", "ServiceDiscovery", "CertificateManager"})
"""Services in which a name is a DNS name: it must be one that the user owns."""

_HIDDEN_LIMITS = (48, 40, 32, 24, 20, 16)

_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z][a-z0-9]*")


@dataclass(frozen=True, slots=True)
class NamingProperty:
    """The property that names a resource, and the constraints of its name.

    Attributes:
        name: Such as `Name` or `FunctionName`.
        pattern: ECMA-262, from the schema; `None` if it has none.
        max_length: Characters.
        min_length: Characters.
    """

    name: str
    pattern: str | None = None
    max_length: int | None = None
    min_length: int | None = None


def naming_property(resource_type: ResourceType) -> NamingProperty | None:
    """The property that must name a resource of this type, if the service does not generate a name.

    It is required, a plain text, and called `Name` or after the last words of the type: `FunctionName` of a
    `Function`, `RuleName` of an `ArchiveRule`. The name of a parent (`ClusterName` of a node group) is not meant.
    """
    found = _by_schema(resource_type)
    pattern = resource_type.override.name_patterns.at((found.name,)) if found is not None else None
    return replace(found, pattern=pattern) if found is not None and pattern else found


@lru_cache(maxsize=256)
def _by_schema(resource_type: ResourceType) -> NamingProperty | None:
    """Computed once for each type: a program of a thousand resources needs it a thousand times."""
    for name in _candidates(resource_type):
        shape = Shape.of(resource_type).child(name)
        free = shape.types == {"string"} and not any(any(shape.says(word)) for word in ("enum", "const", "format"))
        if name in resource_type.required and free and resource_type.settable((name,)):
            return NamingProperty(
                name,
                next(shape.says("pattern"), None),
                min(_numbers(shape, "maxLength"), default=None),
                max(_numbers(shape, "minLength"), default=None),
            )
    return None


def physical_name(
    app: str,
    stage: str,
    id: str,
    tail: str,
    *,
    pattern: str | None = None,
    max_length: int | None = None,
    min_length: int | None = None,
) -> str:
    """A name made of app, stage, id and a random suffix, shortened in the middle to the allowed length.

    Args:
        app: The app's name.
        stage: The stage's name.
        id: The resource's key; scopes are separated by slashes.
        tail: Random lower-case letters and digits, chosen before the journal is written. They prove that a resource of
            this name is ours, so they are never shortened.
        pattern: The schema's pattern; one that can't be checked counts as matching.
        max_length: Characters.
        min_length: Characters.

    Raises:
        ProgramError: No such name fits; the program must set one.
    """
    longest = LONGEST_NAME if max_length is None else max_length
    # Some patterns contain a limit of their own, such as `{0,47}`.
    for limit in (longest, *(shorter for shorter in _HIDDEN_LIMITS if shorter < longest)):
        for prefix, joint, words in _spellings(app, stage, id):
            name = prefix + _cut(joint.join(words), joint, tail, limit - len(prefix))
            name = name.ljust(min_length or 0, tail[-1])
            if len(name) <= limit and (pattern is None or matches(pattern, name) is not False):
                return name
    limits = f"at most {longest} characters" + (f" that match {pattern}" if pattern else "")
    raise ProgramError(f"no automatic name for {id!r} fits the type ({limits})", hint="give the resource a name")


def _candidates(resource_type: ResourceType) -> list[str]:
    resource = resource_type.name.rpartition("::")[2]
    if resource_type.service in _DNS_SERVICES:
        return []
    words = _WORD.findall(resource)
    names = ["Name", f"{resource}Name", *("".join([*words[at:], "Name"]) for at in range(1, len(words)))]
    return [name for name in dict.fromkeys(names) if name != "DomainName"]


def _numbers(shape: Shape, keyword: str) -> list[int]:
    return [value for value in shape.says(keyword) if isinstance(value, int)]


def _spellings(*words: str) -> Iterator[tuple[str, str, list[str]]]:
    """Ways to write the words, the most readable first; services differ in what they allow."""
    for prefix in ("", "r", "alias/", "custom-", "/"):
        for joint in ("-", "_", "", "."):
            plain = [re.sub(r"[^A-Za-z0-9]+", joint, word).strip(joint or None) for word in words]
            yield prefix, joint, plain
            yield prefix, joint, [word.lower() for word in plain]


def _cut(text: str, joint: str, tail: str, longest: int) -> str:
    space = longest - len(tail) - len(joint)
    if space < 1:
        return tail
    if len(text) > space:
        head = (space + 1) // 2
        text = text[:head] + text[len(text) - (space - head) :]
    return text.strip(joint or None) + joint + tail


TAIL = 8
"""Random characters at the end of a name: 2.8 * 10^12 possibilities."""


def name_later(key: str, naming: NamingProperty) -> Unknown:
    """The reference to the name in a plan.

    Args:
        key: The resource's key.
        naming: The property that names it.
    """
    return Unknown(Ref(key, (naming.name,)))


def name_maker(app: str, stage: str) -> Callable[[str, NamingProperty], str]:
    """Generates the name of each key once.

    Args:
        app: The app's name.
        stage: The stage.
    """
    made: dict[str, str] = {}

    def make(key: str, naming: NamingProperty) -> str:
        if key not in made:
            tail = "".join(secrets.choice(string.ascii_lowercase + string.digits) for _ in range(TAIL))
            made[key] = physical_name(
                app,
                stage,
                key,
                tail,
                pattern=naming.pattern,
                max_length=naming.max_length,
                min_length=naming.min_length,
            )
        return made[key]

    return make


def with_name(
    kind: ResourceType,
    document: Mapping[str, Any],
    record: Record | None,
    make: Callable[[NamingProperty], Any],
) -> tuple[dict[str, Any], bool]:
    """A document with a generated name, if it needs one.

    Args:
        kind: The resource's type.
        document: Desired properties.
        record: The generation whose name is kept; `None` for a new name.
        make: Returns a new name, or an `Unknown`.

    Returns:
        The document, and whether the name is generated.
    """
    naming = naming_property(kind)
    if naming is None or naming.name in document:
        return dict(document), False
    kept = record.declared.get(naming.name) if record is not None and record.own_name else None
    return {**document, naming.name: kept if isinstance(kept, str) else make(naming)}, True
