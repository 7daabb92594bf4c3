"""Cloud Control: the client, its transport, polling, rate limits and verdicts.

An answer to a request is evidence, not the outcome: a timeout, a NotFound or an AlreadyExists may each mean several
things. `verdict.judge` is the one pure function that turns the evidence into what happens next.
"""

from __future__ import annotations
