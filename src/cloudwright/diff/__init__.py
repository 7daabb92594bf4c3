"""Two documents and a type: what differs, and what to send."""

from __future__ import annotations
