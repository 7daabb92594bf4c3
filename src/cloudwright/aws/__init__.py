"""The `AWS` namespace and one module a service."""

from __future__ import annotations
