"""Secrets Manager's values: those of declared secrets, or generated ones.

Source: the service model `secretsmanager/2017-10-17`, and the API reference of GetSecretValue and GetRandomPassword.
"""

from __future__ import annotations

import json
import string
from typing import TYPE_CHECKING, Any

from cloudwright.local.api.wire import Refused

if TYPE_CHECKING:
    import random
    from collections.abc import Mapping

    from cloudwright.local.rows import StoredResource
    from cloudwright.local.services.caller import CallContext, Members, Serve

SECRET = "AWS::SecretsManager::Secret"  # noqa: S105 - the name of a type
_CURRENT = "AWSCURRENT"
_PUNCTUATION = "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~"
"""The punctuation of GetRandomPassword."""

_CLASSES = (
    ("ExcludeLowercase", string.ascii_lowercase),
    ("ExcludeUppercase", string.ascii_uppercase),
    ("ExcludeNumbers", string.digits),
    ("ExcludePunctuation", _PUNCTUATION),
)
_LENGTH = 32


def get_secret_value(caller: CallContext, members: Members) -> Members:
    """GetSecretValue; the local cloud keeps only the current version."""
    found = _named(caller, members["SecretId"])
    if found is None:
        raise Refused("ResourceNotFoundException", "Secrets Manager can't find the specified secret.")
    value = _value(caller, found)
    version = caller.context.uuid("secret", found.identifier, value)
    stage = str(members.get("VersionStage") or _CURRENT)
    if value is None or stage != _CURRENT or members.get("VersionId") not in {None, version}:
        words = f"Secrets Manager can't find the specified secret value for staging label: {stage}"
        raise Refused("ResourceNotFoundException", words)
    return {
        "ARN": found.identifier,
        "Name": str(found.properties.get("Name", "")),
        "VersionId": version,
        "SecretString": value,
        "VersionStages": [_CURRENT],
        "CreatedDate": found.updated,
    }


def _named(caller: CallContext, name: str) -> StoredResource | None:
    """The secret with a name, an ARN, or an ARN without the six characters that Secrets Manager adds."""
    secrets = (one for one in caller.context.store.of_type(SECRET, caller.place.region) if one.place == caller.place)
    for one in secrets:
        if name in {one.identifier, one.identifier.rpartition("-")[0], one.properties.get("Name")}:
            return one
    return None


def _value(caller: CallContext, found: StoredResource) -> str | None:
    """A secret's value; `None` without one."""
    asked = found.properties.get("GenerateSecretString")
    if asked is None:
        held = found.properties.get("SecretString")
        return None if held is None else str(held)
    dice = caller.context.random("secret", found.identifier, found.created, json.dumps(asked, sort_keys=True))
    password = _generated(asked, dice)
    key = asked.get("GenerateStringKey")
    if not key:
        return password
    return json.dumps({**json.loads(asked.get("SecretStringTemplate") or "{}"), key: password})


def _generated(asked: Mapping[str, Any], dice: random.Random) -> str:
    """A password as GetRandomPassword generates it: it contains each class of characters that is not excluded."""
    excluded = set(asked.get("ExcludeCharacters") or "")
    classes = [
        "".join(one for one in letters if one not in excluded) for name, letters in _CLASSES if not _is(asked, name)
    ]
    classes = [letters for letters in classes if letters] or [string.ascii_letters]
    every = "".join(classes) + (" " if _is(asked, "IncludeSpace") else "")
    length = int(asked.get("PasswordLength") or _LENGTH)
    required = asked.get("RequireEachIncludedType")
    needed = [] if str(required).lower() == "false" else [dice.choice(letters) for letters in classes][:length]
    found = needed + dice.choices(every, k=length - len(needed))
    dice.shuffle(found)
    return "".join(found)


def _is(asked: Mapping[str, Any], name: str) -> bool:
    return str(asked.get(name)).lower() == "true"


OPERATIONS: dict[str, Serve] = {"GetSecretValue": get_secret_value}
