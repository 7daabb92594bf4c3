"""Code generation: from live resources to a formatted cloudwright program. Pure; `app/import_` reads the resources.

`declarable` reduces each live document to the smallest declaration that plans to no change, `links` turns identifiers
of other resources into references, `naming` chooses keys and variables, and `source` formats values; `program` joins
them.
"""

from __future__ import annotations
