"""What a resource type is: the bundled pack, pointers, validation, overrides."""

from __future__ import annotations
