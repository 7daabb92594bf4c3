"""Actions that both type checkers have to accept; checked, never run."""

from __future__ import annotations

from dataclasses import dataclass
from typing import assert_type

from cloudwright import ActionContext, App, Secret, action
from cloudwright.aws import SSM, DynamoDB

app = App("typing")


@dataclass(frozen=True)
class Migrated:
    version: int
    password: Secret


@action(when="always", delivery="at-most-once", timeout=60.0)
async def announce(context: ActionContext, text: str, *, loud: bool = False) -> None:
    assert_type(context.target.region, str)
    assert_type(loud, bool)
    assert text


@app.program
async def main() -> dict[str, object]:
    orders = DynamoDB.Table("orders", TableName="orders", KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}])

    @action(after=orders, id="migrate-orders")
    async def migrate(context: ActionContext, table: str, version: int = 1) -> Migrated:
        return Migrated(version, Secret(context.token + table))

    @action
    async def plain(context: ActionContext) -> list[str]:
        return [context.token]

    done = migrate(orders.TableName, version=3)
    assert_type(done.result, Migrated)
    assert_type(done.result.version, int)
    assert_type(done.result.password, Secret)
    assert_type(done.key, str)
    assert_type(plain().result, list[str])
    shown = announce("done", loud=True)
    assert_type(shown.result, None)
    action(after=[orders, done, "other"])(announce_again)("x")
    SSM.Parameter("version", Type="String", Value=f"v{done.result.version}", depends_on=[shown, done])
    assert_type((await done).result.version, int)
    return {"version": done.result.version}


async def announce_again(context: ActionContext, text: str) -> None:
    assert context.token + text
