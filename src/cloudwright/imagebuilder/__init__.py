"""EC2 Image Builder: rules, the distribution model, access differences, and a short way to write a distribution."""

from __future__ import annotations

from cloudwright.imagebuilder.compose import distribution

__all__ = ["distribution"]
