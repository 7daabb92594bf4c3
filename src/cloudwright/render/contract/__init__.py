"""The `--json` contract: a dataclass for each type of line, from which the schema and the tables of the docs are made.

`line` has the base class, `command` what any command prints, `run` the lines of plan, deploy and drift, `store` those
of the state, `answers` those of the other commands, `fleet` those of the fleet. `index` lists all of them.
`make tables` writes `docs/json.schema.json` and the tables in `docs/json.md`.
"""
