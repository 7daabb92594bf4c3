"""The state: records, the journal, leases, and the stores that keep them.

A record describes one physical resource. A journal entry describes one request: it is written before the request is
sent and dropped only once the end is known, so that the next run can recover after a crash. A lease lets one run at a
time write a state; its fence rejects the writes of a run that lost it.
"""

from __future__ import annotations
