"""Validation of documents against a type's schema: every violation, with its exact path."""

from __future__ import annotations
