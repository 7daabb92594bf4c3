"""What single services do beyond their schemas."""

from __future__ import annotations

from cloudwright.local.services.base import HandlerFailed, ServiceRules, StoredNeighbours
from cloudwright.local.services.registry import rules_for

__all__ = ["HandlerFailed", "ServiceRules", "StoredNeighbours", "rules_for"]
