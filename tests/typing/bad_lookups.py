"""Lookups that both type checkers have to refuse, in the lines that are marked."""

from __future__ import annotations

from cloudwright import App, lookup
from cloudwright.aws import EC2

app = App("typing")


@lookup
async def releases(repository: str) -> list[str]:
    return [repository]


@app.program
async def main() -> None:
    EC2.VPC("vpc", CidrBlock=lookup.ssm("/cidr"))  # error
    await lookup.ami(name="al2023-*")  # error
    await releases(3)  # error
    await lookup.zone()  # error
