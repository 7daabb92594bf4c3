"""The commands of `cloudwright fleet`."""

from __future__ import annotations
