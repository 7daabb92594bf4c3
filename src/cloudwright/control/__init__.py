"""Cloud Control: the client, its transport, polling, rates and verdicts."""

from __future__ import annotations
