"""The commands of `cloudwright state`."""

from __future__ import annotations
