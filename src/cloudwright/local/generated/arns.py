"""ARNs: templates filled with a model's values."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, NamedTuple

from cloudwright.local.model.overrides import overrides
from cloudwright.local.model.paths import MISSING, value_at

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from cloudwright.local.model.types import LocalType

_PLACEHOLDER = re.compile(r"\$\{([^}]*)\}")


class ArnPrefix(NamedTuple):
    """What every ARN begins with."""

    partition: str
    region: str
    account: str


_ID = re.compile(r".*(Id|Identifier)")
_REFERENCE = re.compile(r".+(Id|Identifier|Arn|ARN|Name)")


def fill(
    template: str, scope: ArnPrefix, kind: LocalType, model: Mapping[str, Any], name: str, new_id: Callable[[], str]
) -> str:
    """Replace the placeholders of a template.

    Args:
        template: Such as `arn:${Partition}:sqs:${Region}:${Account}:${QueueName}`.
        scope: Partition, Region and account.
        kind: The resource type.
        model: Source of the properties.
        name: Replaces a placeholder that names no property.
        new_id: Generates an id, for a placeholder that names an id that no property has.
    """
    known = {"Partition": scope.partition, "Region": scope.region, "Account": scope.account}

    def replacement(match: re.Match[str]) -> str:
        word = match.group(1)
        said = known.get(word) or property_text(word, kind, model) or _referred(word, model)
        return said or (new_id() if _ID.fullmatch(word) else name)

    return _PLACEHOLDER.sub(replacement, template)


def fallback(scope: ArnPrefix, kind: LocalType, name: str) -> str:
    """An ARN for a type whose template is unknown.

    Args:
        scope: Partition, Region and account.
        kind: The resource type.
        name: What follows the type's name.
    """
    service = overrides()["arn_services"].get(kind.name.split("::")[1], kind.service)
    return f"arn:{scope.partition}:{service}:{scope.region}:{scope.account}:{_kebab(kind.short_name)}/{name}"


def place_of(kind: LocalType, model: Mapping[str, Any]) -> str:
    """The parents of a resource, such as `api-1/`: resources with the same name in two APIs are different ones.

    Args:
        kind: The resource type.
        model: Source of the properties; those that refer to something and can't change are used.
    """
    own = {f"{kind.short_name}Name", f"{kind.short_name}Id"}
    names = [path[0] for path in kind.create_only if len(path) == 1 and _REFERENCE.fullmatch(path[0])]
    texts = [model.get(name) for name in sorted({*names} - own) if (name,) not in kind.read_only]
    return "".join(f"{_tail(text)}/" for text in texts if isinstance(text, str) and text)


def at_home(text: str, scope: ArnPrefix) -> str:
    """An ARN generated from a pattern, with the resource's account and Region; any other text is returned unchanged."""
    parts = text.split(":", 5)
    if parts[0] != "arn" or len(parts) < 6:
        return text
    _, _, service, region, account, resource = parts
    return ":".join(("arn", scope.partition, service, region and scope.region, account and scope.account, resource))


def own_name(kind: LocalType, model: Mapping[str, Any]) -> str:
    """The name or id of a model, or nothing."""
    return next((str(model[key]) for key in _name_keys(kind) if _is_name(model.get(key))), "")


def lasting_name(kind: LocalType, model: Mapping[str, Any]) -> str:
    """The name or id of a model that no update can change, so that an ARN may hold it; or nothing."""
    fixed = kind.fixed
    keys = (key for key in _name_keys(kind) if (key,) in fixed)
    return next((str(model[key]) for key in keys if _is_name(model.get(key))), "")


def _is_name(value: Any) -> bool:
    return isinstance(value, str) and bool(value) and not value.startswith("arn:")


def _name_keys(kind: LocalType) -> tuple[str, ...]:
    short = kind.short_name
    return (f"{short}Name", "Name", f"{short}Id", "Id", *_identifier_names(kind))


def _identifier_names(kind: LocalType) -> list[str]:
    """The part of the identifier that distinguishes a resource from others of its parent."""
    parts = [path[0] for path in kind.identifier if len(path) == 1]
    made = any(name.endswith(("Arn", "ARN")) and (name,) in kind.read_only for name in parts)
    return parts if len(parts) < 2 else [] if made else parts[-1:]


def _referred(word: str, model: Mapping[str, Any]) -> str:
    """An id under a related name: `InstanceArn` for `InstanceId`, `FrameworkId` for `OurFrameworkId`."""
    stem = word.removesuffix("Identifier").removesuffix("Id").removesuffix("Name")
    for key in (f"{stem}Arn", f"{stem}Identifier", f"{stem}Id"):
        if stem and stem != word and isinstance(model.get(key), str):
            return _tail(model[key])
    shorter = (key for key in model if len(key) > len("Id") and key.endswith("Id") and word.endswith(key))
    return next((model[key] for key in shorter if isinstance(model[key], str)), "")


def _tail(text: str) -> str:
    return re.split("[:/]", text)[-1]


def property_text(word: str, kind: LocalType, model: Mapping[str, Any]) -> str:
    """The value of a template's placeholder in a model; empty if none. ARNs are not inserted into ARNs.

    Args:
        word: Such as `QueueName`, which may also be spelt `Name` in the model.
        kind: The resource type.
        model: Source of the properties.
    """
    if word.endswith("WithPath"):
        return str(model.get("Path", "/")).lstrip("/") + own_name(kind, model)
    short = kind.short_name
    for key in (word, word.removeprefix(short), short + word, f"{word}Name", f"{word}Id"):
        value = value_at(model, (key,)) if key else MISSING
        if isinstance(value, (str, int)) and not isinstance(value, bool) and value != "":
            text = str(value)
            if not text.startswith("arn:"):
                return text
    return ""


def _kebab(name: str) -> str:
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "-", name).lower()
