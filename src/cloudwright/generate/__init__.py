"""Code generation: from live resources to a formatted cloudwright program. Pure; `app/import_` reads the resources."""

from __future__ import annotations
