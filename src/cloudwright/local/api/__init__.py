"""Cloud Control's operations as the local cloud answers them."""

from __future__ import annotations
