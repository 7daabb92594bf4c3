"""The flagship domain: rules, the distribution model, access differences."""

from __future__ import annotations
