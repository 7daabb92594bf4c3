"""The YAML documents of EC2 Image Builder: what a component or a workflow holds in its `Data`, checked before any call.

A leaf: it reads text and knows nothing of plans, of AWS or of the local cloud, which all ask it.
"""

from __future__ import annotations

from cloudwright.imagedocs.component import check_component
from cloudwright.imagedocs.mistake import Mistake
from cloudwright.imagedocs.workflow import check_workflow

__all__ = ["Mistake", "check_component", "check_workflow"]
