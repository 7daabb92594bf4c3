"""What is remembered: records, the journal, leases, and the stores that keep them."""

from __future__ import annotations
