"""Faults: the pitfalls of the real service as named switches, all off by default.

A fault's name is its number in the catalogue of Cloud Control pitfalls (CC1..CC106). Behaviour that the contract itself
states is not a fault and can't be switched off; such pitfalls are listed in `BUILT_IN`.
"""

from __future__ import annotations

from cloudwright.local.faults.catalogue import BUILT_IN, CATALOGUE
from cloudwright.local.faults.switches import Fault, Faults, parse

__all__ = ["BUILT_IN", "CATALOGUE", "Fault", "Faults", "parse"]
