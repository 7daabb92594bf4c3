"""Generates read-only values like a service: from patterns, ARN templates and known formats."""

from __future__ import annotations
