"""Read-only values, as a service would make them: patterns, ARN templates, known forms."""

from __future__ import annotations
