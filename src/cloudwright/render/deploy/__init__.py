"""A deploy: progress, outcomes, the timeline."""

from __future__ import annotations
