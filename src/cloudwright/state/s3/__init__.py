"""State in an S3 bucket."""

from __future__ import annotations
