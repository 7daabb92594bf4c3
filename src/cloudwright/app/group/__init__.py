"""Several apps that one command plans, deploys or destroys together."""

from __future__ import annotations
