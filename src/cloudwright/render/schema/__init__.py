"""A resource type as text."""

from __future__ import annotations
