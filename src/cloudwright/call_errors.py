"""Calls with wrong arguments: what the function takes, in the place of Python's `unexpected keyword argument`."""

from __future__ import annotations

import functools
import re
from typing import TYPE_CHECKING, ParamSpec, TypeVar, cast

from cloudwright.errors import ProgramError

if TYPE_CHECKING:
    from collections.abc import Callable
    from inspect import Parameter

P = ParamSpec("P")
R = TypeVar("R")

_UNKNOWN = re.compile(r"unexpected keyword argument '(\w+)'")
_MISSING = re.compile(r"missing \d+ required .*arguments?: (.*)")
_TOO_MANY = re.compile(r"positional arguments? (\(.*\) )?but")
_NEAR = 0.7

ELSEWHERE = {
    "region": 'the Region is $AWS_REGION or that of your AWS profile; for some resources: with target(region="...")',
    "account": 'the account is that of your credentials; for others: with target(account="...", role_arn="...")',
    "profile": 'the profile is $AWS_PROFILE; for some resources: with target(profile="...")',
    "role": 'a role is assumed for some resources: with target(role_arn="...")',
    "environment": 'one deployment of an app is a stage: App(name, stage="...") or --stage',
    "env": 'one deployment of an app is a stage: App(name, stage="...") or --stage',
    "backend": 'the state\'s address: App(name, state="s3://...") or $CLOUDWRIGHT_STATE',
    "bucket": 'the bucket for assets: App(name, assets="..."); the state\'s: App(name, state="s3://...")',
}
"""Words that people know from elsewhere -> where cloudwright takes the same."""


def checked(name: str) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Decorate a public function: a call that does not fit its signature says what does.

    Args:
        name: The function as programs write it, such as `App` or `app.rule`.
    """

    def decorate(function: Callable[P, R]) -> Callable[P, R]:
        @functools.wraps(function)
        def call(*args: P.args, **options: P.kwargs) -> R:
            return call_checked(name, function, *args, **options)

        return cast("Callable[P, R]", call)

    return decorate


def call_checked(name: str, function: Callable[P, R], /, *args: P.args, **options: P.kwargs) -> R:
    """Call a function.

    Args:
        name: The function as programs write it.
        function: The function.
        args: Its arguments.
        options: Likewise.

    Raises:
        ProgramError: They do not fit its signature.
    """
    try:
        return function(*args, **options)
    except TypeError as error:
        # Python's message about a call that does not fit begins with the function's name; one from its body does not.
        own, _, text = str(error).partition("() ")
        if own != function.__qualname__:
            raise
        raise _explained(name, _parameters(function), text) from None


def _explained(name: str, takes: list[Parameter], text: str) -> ProgramError:
    if unknown := _UNKNOWN.search(text):
        return _unknown(name, takes, unknown[1])
    if missing := _MISSING.search(text):
        return ProgramError(f"{name} needs {missing[1]}", hint=_usage(name, takes))
    placed = [one.name for one in takes if one.kind in {one.POSITIONAL_ONLY, one.POSITIONAL_OR_KEYWORD}]
    if _TOO_MANY.search(text):
        alone = f"{' and '.join(placed)} alone" if placed else "nothing"
        return ProgramError(f"{name} takes {alone} without a name", hint=_usage(name, takes))
    return ProgramError(f"{name} {text}", hint=_usage(name, takes))


def _unknown(name: str, takes: list[Parameter], word: str) -> ProgramError:
    near = _near(word, takes)
    meant = f"; did you mean {near!r}?" if near else ""
    where = "" if near else ELSEWHERE.get(word, "")
    return ProgramError(f"{name} takes no {word!r}{meant}", hint="\n".join(filter(None, (where, _usage(name, takes)))))


def _parameters(function: Callable[..., object]) -> list[Parameter]:
    import inspect

    found = [*inspect.signature(function).parameters.values()]
    return found[1:] if found and found[0].name == "self" else found


def _near(word: str, takes: list[Parameter]) -> str:
    import difflib

    names = [one.name for one in takes if one.kind in {one.KEYWORD_ONLY, one.POSITIONAL_OR_KEYWORD}]
    same = [name for name in names if name.replace("_", "") == word.lower().replace("_", "")]
    return next(iter(same or difflib.get_close_matches(word, names, 1, _NEAR)), "")


def _usage(name: str, takes: list[Parameter]) -> str:
    """A call with all parameters, such as `App(name, *, stage=..., state=...)`."""
    shown = [_shown(one) for one in takes]
    keyword = next((place for place, one in enumerate(takes) if one.kind is one.KEYWORD_ONLY), None)
    if keyword is not None and not any(one.kind is one.VAR_POSITIONAL for one in takes):
        shown.insert(keyword, "*")
    return f"it is called as {name}({', '.join(shown)})"


def _shown(one: Parameter) -> str:
    star = "*" if one.kind is one.VAR_POSITIONAL else "**" if one.kind is one.VAR_KEYWORD else ""
    return f"{star}{one.name}" if star or one.default is one.empty else f"{one.name}=..."
