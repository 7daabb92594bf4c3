"""ARNs: templates filled with what a model holds."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, NamedTuple

from cloudwright.local.paths import MISSING, look

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cloudwright.local.types import LocalType

_PLACEHOLDER = re.compile(r"\$\{([^}]*)\}")


class Scope(NamedTuple):
    """What every ARN begins with."""

    partition: str
    region: str
    account: str


def fill(template: str, scope: Scope, kind: LocalType, model: Mapping[str, Any], name: str) -> str:
    """Replace the placeholders of a template.

    Args:
        template: Such as `arn:${Partition}:sqs:${Region}:${Account}:${QueueName}`.
        scope: Partition, Region and account.
        kind: The resource type.
        model: Where properties are looked up.
        name: What stands in for a placeholder that names no property.
    """
    known = {"Partition": scope.partition, "Region": scope.region, "Account": scope.account}

    def replacement(match: re.Match[str]) -> str:
        word = match.group(1)
        return known.get(word) or property_text(word, kind, model) or name

    return _PLACEHOLDER.sub(replacement, template)


def fallback(scope: Scope, kind: LocalType, name: str) -> str:
    """An ARN for a type whose template nobody knows."""
    return f"arn:{scope.partition}:{kind.service}:{scope.region}:{scope.account}:{_kebab(kind.short_name)}/{name}"


def at_home(text: str, scope: Scope) -> str:
    """An ARN that was made from a pattern alone, moved to where the resource is; any other text stays as it is."""
    parts = text.split(":", 5)
    if parts[0] != "arn" or len(parts) < 6:
        return text
    _, _, service, region, account, resource = parts
    return ":".join(("arn", scope.partition, service, region and scope.region, account and scope.account, resource))


def own_name(kind: LocalType, model: Mapping[str, Any]) -> str:
    """The name or id by which a model is known, or nothing."""
    short = kind.short_name
    for key in (f"{short}Name", "Name", f"{short}Id", "Id", *_identifier_names(kind)):
        value = model.get(key)
        if isinstance(value, str) and value and not value.startswith("arn:"):
            return value
    return ""


def _identifier_names(kind: LocalType) -> list[str]:
    return [path[0] for path in kind.identifier if len(path) == 1]


def property_text(word: str, kind: LocalType, model: Mapping[str, Any]) -> str:
    """What a placeholder of a template means in a model; empty if nothing. ARNs are not put into ARNs.

    Args:
        word: Such as `QueueName`, which may also be spelt `Name` in the model.
        kind: The resource type.
        model: Where properties are looked up.
    """
    if word.endswith("WithPath"):
        return str(model.get("Path", "/")).lstrip("/") + own_name(kind, model)
    short = kind.short_name
    for key in (word, word.removeprefix(short), short + word, f"{word}Name", f"{word}Id"):
        value = look(model, (key,)) if key else MISSING
        if isinstance(value, (str, int)) and not isinstance(value, bool) and value != "":
            text = str(value)
            if not text.startswith("arn:"):
                return text
    return ""


def _kebab(name: str) -> str:
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "-", name).lower()


def partition_of(region: str) -> str:
    """The partition that a Region's name tells."""
    if region.startswith("cn-"):
        return "aws-cn"
    return "aws-us-gov" if region.startswith("us-gov-") else "aws"
