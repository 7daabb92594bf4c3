"""Infrastructure as plain Python over the AWS Cloud Control API."""

from __future__ import annotations
