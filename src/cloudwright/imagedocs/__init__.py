"""The YAML documents of EC2 Image Builder: the `Data` of a component or workflow, checked before any call.

This package is a leaf. It parses text and imports neither the plan, nor AWS, nor the local cloud; they call it.
"""

from __future__ import annotations

from cloudwright.imagedocs.component import check_component
from cloudwright.imagedocs.mistake import Mistake
from cloudwright.imagedocs.workflow import check_workflow

__all__ = ["Mistake", "check_component", "check_workflow"]
