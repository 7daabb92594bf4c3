"""What differs between two documents of a type, and the patch that an update sends.

Only declared paths are compared, so a default that AWS fills in is never drift. An element of a list, map or policy is
ours or foreign (`ownership`); foreign elements stay.
"""

from __future__ import annotations
