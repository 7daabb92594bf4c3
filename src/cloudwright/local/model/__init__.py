"""The local cloud's model of a type: validation, identifiers, patches."""

from __future__ import annotations
