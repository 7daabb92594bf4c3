"""The report: one HTML page about an app."""

from __future__ import annotations
