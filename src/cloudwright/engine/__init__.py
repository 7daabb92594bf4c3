"""The engine: applies a plan. The graph scheduler, the lifecycle of a resource, and recovery.

Every mutating request is journaled before it is sent, and its outcome and the end of its journal entry are one
transaction (`operations`, `state_changes`). So a run may die at any point: `recovery` finds out what became of its
requests.
"""

from __future__ import annotations
