"""What the local cloud knows of a type: validation, identifiers, patches."""

from __future__ import annotations
