"""Resource types written in Python: a class for what a program declares, and a provider that manages it.

Programs that don't use it don't load it.
"""

from __future__ import annotations

from cloudwright.program.user_code import BlockedLoopWarning, Rejected
from cloudwright.provider.fields import attribute, create_only
from cloudwright.provider.port import Context, Exists, Made, Provider
from cloudwright.provider.resource import CustomResource

__all__ = [
    "BlockedLoopWarning",
    "Context",
    "CustomResource",
    "Exists",
    "Made",
    "Provider",
    "Rejected",
    "attribute",
    "create_only",
]
