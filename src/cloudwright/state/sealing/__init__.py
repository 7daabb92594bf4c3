"""Secrets at rest: how values are sealed and fingerprinted, and where the sealing key comes from."""

from __future__ import annotations
