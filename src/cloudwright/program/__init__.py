"""The language: what a program declares, and one run of it.

A program is a plain or async function. Creating a `Resource` records a *declaration* and never blocks. Its attributes
are
*references*: strings that hold a token, which survive f-strings and `json.dumps` and are replaced once the value is
    known.
Awaiting a resource gives real values where they are known, and orders everything declared afterwards (`await_order`).

A `ProgramRun` is one execution. A deploy runs the program at least twice, to plan and to apply; a `Driver` decides what
awaiting means in each. A plan whose program computes with a value that is known only after deploy ends at that line
(`PlanningEnds`) and is partial.
"""

from __future__ import annotations
