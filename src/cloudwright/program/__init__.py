"""The language: what a program says, collected as declarations."""

from __future__ import annotations
