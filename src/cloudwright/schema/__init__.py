"""What a resource type is: the bundled pack, pointers, validation, overrides.

A type's facts come from four sources. The bundled *pack* (`pack`) holds the registry schemas of all types, reduced to
facts by `normalise`. A *live schema* from the registry of an account replaces the bundled one (`catalog`). *Overrides*
(`override`, `overrides/SERVICE.json`) state what schemas get wrong or don't say, each with its source and date; no
other code knows about a single type. `resource_type` joins them into the facts that the rest of cloudwright asks.
"""

from __future__ import annotations
