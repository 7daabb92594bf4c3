"""Behaviour of single services beyond their schemas."""

from __future__ import annotations

from cloudwright.local.services.base import HandlerFailed, HandlerWaits, ServiceRules, StoredNeighbours
from cloudwright.local.services.registry import rules_for

__all__ = ["HandlerFailed", "HandlerWaits", "ServiceRules", "StoredNeighbours", "rules_for"]
