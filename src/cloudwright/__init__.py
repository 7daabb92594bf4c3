"""Infrastructure as plain Python over the AWS Cloud Control API.

>>> from cloudwright import App
>>> from cloudwright.aws.control import AWS

The names below are the public API; everything else may change without notice.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

# These share their names with the modules that define them, so they can't be loaded lazily.
from cloudwright.errors import CloudwrightError
from cloudwright.program.scope import component, scope
from cloudwright.secret import Secret, secret
from cloudwright.target import target

if TYPE_CHECKING:
    from cloudwright.app.app import App
    from cloudwright.program.action import ActionContext, action
    from cloudwright.program.asset import asset
    from cloudwright.program.lookup import lookup
    from cloudwright.program.resource import Resource
    from cloudwright.program.run import outputs

__version__ = "0.1.0"

__all__ = [
    "ActionContext",
    "App",
    "CloudwrightError",
    "Resource",
    "Secret",
    "action",
    "asset",
    "component",
    "lookup",
    "outputs",
    "scope",
    "secret",
    "target",
]

_HOMES = {
    "ActionContext": "program.action",
    "App": "app.app",
    "Resource": "program.resource",
    "action": "program.action",
    "asset": "program.asset",
    "lookup": "program.lookup",
    "outputs": "program.run",
}


def __getattr__(name: str) -> Any:
    # The command line starts without the language; a program loads just what it imports.
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    value = getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return [*__all__, "__version__"]
