"""Testing infrastructure programs: a cloud and a runner for pytest, virtual time, killed providers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cloudwright.testing.actions import ActionReport, Effects, check_action
    from cloudwright.testing.killing import ProviderReport, check_provider
    from cloudwright.testing.runner import AppRunner, DeployFailed
    from cloudwright.testing.server import ServedCloud

__all__ = [
    "ActionReport",
    "AppRunner",
    "DeployFailed",
    "Effects",
    "ProviderReport",
    "ServedCloud",
    "check_action",
    "check_provider",
]

_HOMES = {
    "ActionReport": "actions",
    "Effects": "actions",
    "check_action": "actions",
    "AppRunner": "runner",
    "DeployFailed": "runner",
    "ProviderReport": "killing",
    "ServedCloud": "server",
    "check_provider": "killing",
}


def __getattr__(name: str) -> Any:
    # Every pytest run in an environment loads the plugin of this package, but few use it.
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
