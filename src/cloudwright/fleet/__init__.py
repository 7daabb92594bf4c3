"""One program in many accounts and Regions: a durable run for each target, on DBOS (extra `cloudwright[fleet]`).

A *run* is what somebody requested: a verb, a program and its targets, kept in the fleet's database. *Workers* find runs
there. `schedule` decides from recorded facts alone which targets may start; `queue` holds one *attempt* for each of
them; `jobs` carries one attempt out, in steps that DBOS never repeats once they have ended. The requests of a step are
protected by the target's own state, lease and journal, so a step that is repeated after a crash sends no request twice.
"""
