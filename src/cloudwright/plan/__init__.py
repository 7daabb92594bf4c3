"""Planning: a pure function from declarations and records to a list of steps.

`resolution` resolves a declaration's references and validates it; `planner` and `decision` choose its step; `assembly`
adds deletes, moves, consents and the digest. The apply pass calls the same resolution and decision once values are
known, so plan and apply can't disagree on the rules.
"""

from __future__ import annotations
