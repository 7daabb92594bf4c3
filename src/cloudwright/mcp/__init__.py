"""A server for coding agents, over the Model Context Protocol (extra `cloudwright[mcp]`).

Each tool runs one command of the command line in its own process, with `--json`. So a tool sees the program as it
is in the file now, what the program prints can't break the protocol, and answers follow the documented contract
(docs/json.md), with secrets masked. The threat model is in docs/agents.md.
"""
