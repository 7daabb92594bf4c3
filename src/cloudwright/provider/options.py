"""The options of a provider's class, checked before its first call: else they would fail only during a deploy."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cloudwright.errors import ProgramError
from cloudwright.provider.port import Provider

if TYPE_CHECKING:
    from collections.abc import Callable


def check_options(provider: Provider[Any]) -> None:
    """Reject options with invalid values.

    Args:
        provider: The user's object.

    Raises:
        ProgramError: It is not a provider, or an option is invalid; names the class, the option and its value.
    """
    if not isinstance(provider, Provider):
        raise ProgramError(f"providers contains {_shown(provider)}, which is not a provider", hint=_hint(provider))
    for option, (fits, wanted) in _OPTIONS.items():
        value = getattr(provider, option)
        if not fits(value):
            raise ProgramError(f"{type(provider).__name__}.{option} is {value!r}; it must be {wanted}")


def _shown(found: object) -> str:
    return f"the class {found.__name__}" if isinstance(found, type) else repr(found)


def _hint(found: object) -> str:
    if isinstance(found, type) and issubclass(found, Provider):
        return f"write {found.__name__}(): an app takes instances, not classes"
    return "pass instances of subclasses of Provider, such as providers=[Records()]"


def _is_flag(value: object) -> bool:
    return isinstance(value, bool)


def _is_count(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 1


def _is_limit(value: object) -> bool:
    return value is None or _is_count(value)


def _are_exceptions(value: object) -> bool:
    return isinstance(value, tuple) and all(isinstance(one, type) and issubclass(one, Exception) for one in value)


def _are_texts(value: object) -> bool:
    return isinstance(value, (tuple, list)) and all(isinstance(one, str) for one in value)


_OPTIONS: dict[str, tuple[Callable[[object], bool], str]] = {
    "idempotent": (_is_flag, "True or False"),
    "retry": (_are_exceptions, "a tuple of exception classes, such as (ConnectionError,)"),
    "timeout_minutes": (_is_count, "a whole number from 1"),
    "concurrency": (_is_limit, "a whole number of at least 1, or None for no limit"),
    "permissions": (_are_texts, 'a tuple of texts, such as ("route53:ChangeResourceRecordSets",)'),
    "runs_locally": (_is_flag, "True or False"),
}
