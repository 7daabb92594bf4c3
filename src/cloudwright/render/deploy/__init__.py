"""A deploy as people follow it: progress, outcomes, the timeline."""

from __future__ import annotations
