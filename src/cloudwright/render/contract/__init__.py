"""The `--json` contract: a dataclass for each type of line, the source of the schema and of the tables in the docs.

`line` has the base class, `command` what any command prints, `run` the lines of plan, deploy and drift, `store` those
of the state, `answers` those of the other commands, `fleet` those of the fleet. `index` lists all of them.
`make tables` writes `docs/json.schema.json` and the tables in `docs/json.md`.
"""
