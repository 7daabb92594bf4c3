"""The formats of ids, ARNs and addresses of well-known types; the table is `data/values.json`.

A form is one of:

* `null`: a fresh resource has no such value;
* `false`, `0`: this value;
* `"vpc-${Hex17}"`: a text with placeholders;
* `["${Port}", "3306"]`: the first of some forms whose placeholders are all known, else the last;
* `{"items": [FORM, ...]}`: a list of values;
* `{"by": "Type", "network": FORM, "else": FORM}`: chosen by the text of a property, which is `""` where it is absent
  and `"set"` where it is an object or a list, or by `Partition`, `Region` or `Account`.

A placeholder is `Partition`, `Region` or `Account`; `Ordinal`, `Moment`, `Uuid` or `Octet`; a number of characters of
a kind, such as `Hex17`; or a property, nested ones with dots, its value perhaps shortened: `tail:Arn` is what follows
its last `:` or `/`, `path:Arn` what follows its first `/`, `bare:Url` lacks scheme and leading slash, `dashed:Ip`
has `-` for `.`.
"""

from __future__ import annotations

import datetime as dt
import re
import string
from typing import TYPE_CHECKING, Any

from cloudwright.local.generated import arns
from cloudwright.local.model.paths import MISSING, value_at

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from random import Random

    from cloudwright.local.model.types import LocalType

_PLACEHOLDER = re.compile(r"\$\{([^}]*)\}")
_ALPHABETS = {
    "Hex": "0123456789abcdef",
    "Digit": string.digits,
    "Lower": string.ascii_lowercase + string.digits,
    "Upper": string.ascii_uppercase + "234567",
    "Mixed": string.ascii_letters + string.digits,
}
_CHARACTERS = re.compile(rf"({'|'.join(_ALPHABETS)})([0-9]+)")
_SHORTENED: dict[str, Callable[[str], str]] = {
    "tail": lambda text: re.split("[:/]", text)[-1],
    "path": lambda text: text.partition("/")[2],
    "bare": lambda text: (text.partition("://")[2] or text).lstrip("/"),
    "dashed": lambda text: text.replace(".", "-"),
}
_INVENTED = {"Ordinal", "Moment", "Uuid", "Octet"}
_SCOPE = {"Partition", "Region", "Account"}


class KnownFormMaker:
    """Generates values of one resource in the formats of its type."""

    def __init__(self, kind: LocalType, scope: arns.ArnPrefix, random: Random, now: float, ordinal: int) -> None:
        """Set the values of placeholders.

        Args:
            kind: The resource type.
            scope: Partition, Region and account.
            random: Seeded by the caller.
            now: Seconds since the epoch.
            ordinal: The value of `Ordinal`.
        """
        self._kind = kind
        self._scope = scope
        self._random = random
        self._now = now
        self._ordinal = ordinal

    def write(self, form: Any, model: Mapping[str, Any], name: str) -> Any:
        """The value of a form, or `MISSING`.

        Args:
            form: See the module.
            model: Source of the properties.
            name: Replaces a property that the model lacks.
        """
        if isinstance(form, dict) and "items" in form:
            return [self.write(one, model, name) for one in form["items"]]
        if isinstance(form, dict):
            return self.write(form.get(self._choice(form["by"], model), form["else"]), model, name)
        if isinstance(form, list):
            known = (one for one in form if all(self._known(word, model) for word in placeholders(one)))
            return self.write(next(known, form[-1]), model, name)
        if isinstance(form, str):
            return _PLACEHOLDER.sub(lambda match: self._word(match[1], model) or name, form)
        return MISSING if form is None else form

    def _choice(self, word: str, model: Mapping[str, Any]) -> str:
        return self._word(word, model) if word in _SCOPE else _text(value_at(model, _path(word)))

    def _known(self, word: str, model: Mapping[str, Any]) -> bool:
        return not is_property(word) or bool(self._property(word, model))

    def _word(self, word: str, model: Mapping[str, Any]) -> str:
        if word in _SCOPE:
            return str(getattr(self._scope, word.lower()))
        asked = _CHARACTERS.fullmatch(word)
        if asked is not None:
            return self._characters(asked[1], int(asked[2]))
        return self._invented(word) if word in _INVENTED else self._property(word, model)

    def _invented(self, word: str) -> str:
        if word == "Uuid":
            raw = self._characters("Hex", 32)
            return f"{raw[:8]}-{raw[8:12]}-4{raw[13:16]}-a{raw[17:20]}-{raw[20:]}"
        if word == "Moment":
            return dt.datetime.fromtimestamp(self._now, tz=dt.UTC).strftime("%Y-%m-%dT%H:%M:%S.000")
        return str(self._ordinal) if word == "Ordinal" else str(self._random.randrange(1, 255))

    def _characters(self, kind: str, count: int) -> str:
        return "".join(self._random.choices(_ALPHABETS[kind], k=count))

    def _property(self, word: str, model: Mapping[str, Any]) -> str:
        how, _, dotted = word.rpartition(":")
        exact = _text(value_at(model, _path(dotted)))
        if how:
            return _SHORTENED[how](exact)
        return exact or arns.property_text(word, self._kind, model)


def placeholders(form: Any) -> list[str]:
    """The placeholders of a form and of the forms in it."""
    if isinstance(form, dict):
        return [word for name, inner in form.items() if name != "by" for word in placeholders(inner)]
    if isinstance(form, list):
        return [word for inner in form for word in placeholders(inner)]
    return _PLACEHOLDER.findall(form) if isinstance(form, str) else []


def is_property(word: str) -> bool:
    """Whether a placeholder is a property of the model."""
    return word not in _SCOPE | _INVENTED and _CHARACTERS.fullmatch(word) is None


def _path(dotted: str) -> tuple[str, ...]:
    return tuple(dotted.split("."))


def _text(value: Any) -> str:
    if value is MISSING or value is None:
        return ""
    if isinstance(value, (dict, list)):
        return "set"
    return str(value).lower() if isinstance(value, bool) else str(value)
