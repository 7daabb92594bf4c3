"""Who may write: the lease of a run, and the lock between processes of one machine."""

from __future__ import annotations
