"""A plan as text and Markdown, with its findings, edits and access changes."""

from __future__ import annotations
