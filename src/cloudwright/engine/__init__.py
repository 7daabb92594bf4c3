"""Doing it: the graph scheduler, one resource's life, and recovery."""

from __future__ import annotations
