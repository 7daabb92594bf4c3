"""States in an S3 bucket: an append-only log of commits, written with conditional requests."""

from __future__ import annotations
