from __future__ import annotations

import asyncio
import secrets
import traceback
from typing import TYPE_CHECKING, Any

import psycopg
import pytest

from cloudwright.errors import LockHeld, StateCorrupt, StateError, StateUnavailable
from cloudwright.state import retry
from cloudwright.state.changes import DropRecord, PutOutputs, PutRecord
from cloudwright.state.sql.postgresql import PostgresBackend, PostgresStore
from conformance import postgres_server
from conformance.state import ANNA, BEN, TTL, StateConformance, World, record

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from cloudwright.state.backend import Backend
    from cloudwright.state.leases.lease import Lease

pytestmark = pytest.mark.skipif(
    not postgres_server.available() and not postgres_server.REQUIRED, reason="PostgreSQL is not installed"
)

WRITERS = 16

AGE = """
UPDATE cw_lease SET body = jsonb_set(
    body::jsonb, '{renewed_at}', to_jsonb((body::jsonb ->> 'renewed_at')::float8 - %s)
)::text
"""


@pytest.fixture(scope="session")
def server() -> Iterator[str]:
    with postgres_server.running() as url:
        yield url


@pytest.fixture
def url(server: str) -> str:
    schema = f"s{secrets.token_hex(8)}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"CREATE SCHEMA {schema}")
    return f"{server}&options=-csearch_path%3D{schema}"


class TestPostgresStore(StateConformance):
    @pytest.fixture
    async def world(self, url: str) -> AsyncIterator[World]:
        def age(seconds: float) -> None:
            with psycopg.connect(url, autocommit=True) as connection:
                connection.execute(AGE, [seconds])

        world = World(lambda app, stage, clock: PostgresStore(url, app, stage, clock=clock), age)
        yield world
        await world.close()

    async def test_the_session_keeps_nothing(self, world: World) -> None:
        store = world.open()
        lease = await store.acquire(ANNA, ttl=TTL)
        for number in range(10):
            await store.commit(lease, [PutRecord(record(f"r{number}"))])
        connection = session_of(store.backend)

        for query in (
            "SELECT count(*) FROM pg_prepared_statements",
            "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'",
            "SELECT count(*) FROM pg_settings WHERE source = 'session'",
        ):
            assert connection.execute(query).fetchone() == (0,)

    async def test_a_network_that_drops_all_packets_ends_the_run_within_a_lease(self, url: str) -> None:
        for given, expected in (("", "10"), ("&keepalives_idle=7", "7")):
            store = PostgresStore(url + given, "shop", "dev")
            await store.acquire(ANNA, ttl=TTL)
            shown = session_of(store.backend).info.get_parameters()
            await store.release(await holder_of(store))
            await store.close()

            assert (shown["keepalives_idle"], shown["tcp_user_timeout"]) == (expected, "25000")

    async def test_a_connection_that_breaks_between_commits_is_replaced(self, world: World, server: str) -> None:
        store = world.open()
        lease = await store.acquire(ANNA, ttl=TTL)

        break_connections(server)

        assert await store.commit(lease, [PutRecord(record())]) == 1

    async def test_a_commit_whose_answer_is_lost_is_written_once(self, world: World, server: str) -> None:
        store = world.open()
        lease = await store.acquire(ANNA, ttl=TTL)
        await store.commit(lease, [PutRecord(record("a"))])
        cut_after_commit(store.backend, server)

        assert await store.commit(lease, [PutRecord(record("b"))]) == 2

        snapshot = await store.read()
        assert (snapshot.serial, [each.key for each in snapshot.records]) == (2, ["a", "b"])
        assert [each.serial for each in await store.history()] == [1, 2]

    async def test_a_commit_that_never_arrived_is_written_again(self, world: World, server: str) -> None:
        store = world.open()
        lease = await store.acquire(ANNA, ttl=TTL)
        cut_before_commit(store.backend, server)

        assert await store.commit(lease, [PutRecord(record("b"))]) == 1

        assert (await store.read()).serial == 1

    @pytest.mark.parametrize("idle", [True, False])
    async def test_a_server_outage_during_a_run_is_waited_for(
        self, world: World, server: str, monkeypatch: pytest.MonkeyPatch, *, idle: bool
    ) -> None:
        store, pauses = world.open(), list[float]()
        lease = await store.acquire(ANNA, ttl=TTL)
        backend = store.backend
        assert isinstance(backend, PostgresBackend)
        there = backend._url

        def wait(seconds: float) -> None:
            pauses.append(seconds)
            backend._url = there if seconds else "postgresql://127.0.0.1:1/away"

        monkeypatch.setattr(retry, "PAUSES", (0.0, 1.0))
        monkeypatch.setattr("cloudwright.state.retry.sleep", wait)
        break_connections(server) if idle else cut_after_commit(backend, server)
        backend._url = "postgresql://127.0.0.1:1/away"

        assert await store.commit(lease, [PutRecord(record("a"))]) == 1
        assert pauses == [0.0, 1.0]
        assert (await store.read()).serial == 1

    async def test_a_read_whose_connection_breaks_is_repeated(self, world: World, server: str) -> None:
        store = world.open()
        await store.commit(await store.acquire(ANNA, ttl=TTL), [PutRecord(record("a"))])

        for call in (store.read, store.holder, store.history, store.states):
            cut_after_commit(store.backend, server)
            assert await call()

    @pytest.mark.parametrize("cut", ["after", "before"])
    async def test_a_lease_taken_while_the_answer_is_lost_is_ours(self, world: World, server: str, cut: str) -> None:
        store = world.open()
        await store.release(await store.acquire(ANNA, ttl=TTL))
        {"after": cut_after_commit, "before": cut_before_commit}[cut](store.backend, server)

        lease = await store.acquire(BEN, ttl=TTL)

        assert await world.open().holder() == lease
        cut_after_commit(store.backend, server)
        await store.release(lease)
        assert await world.open().holder() is None

    @pytest.mark.parametrize(
        "url",
        ["postgresql://me:hunter2@[/db", "postgresql://me:hunter2@host/db?bogus=1", "postgresql://me:hun%zzter2@h/d"],
    )
    async def test_an_invalid_address_is_refused_without_its_password(self, url: str) -> None:
        with pytest.raises(StateUnavailable, match="is not the address of a PostgreSQL database") as raised:
            PostgresStore(url, "shop", "dev")

        shown = "".join(traceback.format_exception(raised.value))
        assert "postgresql://me:(secret)@" in shown
        assert "hunter2" not in shown
        assert "zzter2" not in shown

    async def test_a_read_only_connection_is_reported_as_such(self, world: World, url: str) -> None:
        await world.open().acquire(ANNA, ttl=TTL)
        reader = PostgresStore(
            url.replace("options=", "options=-cdefault_transaction_read_only%3Don%20"), "shop", "prod"
        )

        with pytest.raises(StateUnavailable, match="read-only transaction") as raised:
            await reader.acquire(ANNA, ttl=TTL)
        await reader.close()

        assert "target_session_attrs=read-write" in str(raised.value.hint)

    async def test_a_missing_server_is_named(self) -> None:
        store = PostgresStore("postgresql://me:hunter2@127.0.0.1:1/db", "shop", "dev")

        with pytest.raises(StateUnavailable, match=r"postgresql://127\.0\.0\.1/db") as raised:
            await store.read()
        await store.close()

        assert "hunter2" not in str(raised.value)

    async def test_a_user_who_may_only_read_is_reported(self, world: World, url: str) -> None:
        store = world.open()
        await store.release(await store.acquire(ANNA, ttl=TTL))
        schema = url.rpartition("%3D")[2]
        role = f"r_{schema}"
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute(f"CREATE ROLE {role} LOGIN")
            connection.execute(f"GRANT USAGE ON SCHEMA {schema} TO {role}")
            connection.execute(f"GRANT SELECT ON ALL TABLES IN SCHEMA {schema} TO {role}")
        reader = PostgresStore(url.replace("user=postgres", f"user={role}"), "shop", "dev")

        assert (await reader.read()).serial == 0
        with pytest.raises(StateUnavailable, match="permission denied") as raised:
            await reader.acquire(ANNA, ttl=TTL)
        await reader.close()

        assert f"user {role} needs" in str(raised.value.hint)
        assert "INSERT" in str(raised.value.hint)

    async def test_rows_that_were_deleted_are_noticed(self, world: World, url: str) -> None:
        store = world.open()
        lease = await store.acquire(ANNA, ttl=TTL)
        await store.commit(lease, [PutRecord(record("a")), PutRecord(record("b")), PutOutputs({})])
        await store.commit(lease, [DropRecord("b", 0)])
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute("DELETE FROM cw_cell")

        with pytest.raises(StateCorrupt, match=r"shop/dev are missing from the table cw_cell, .* there are 1; nothing"):
            await world.open().read()

    async def test_a_damaged_state_does_not_hide_others(self, world: World, url: str) -> None:
        for app in ("blog", "shop"):
            store = world.open(app)
            await store.commit(await store.acquire(ANNA, ttl=TTL), [PutOutputs({}, uses=("network/dev",))])
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute(
                "UPDATE cw_cell SET body = 'x' WHERE state = (SELECT id FROM cw_state WHERE app = 'shop')"
            )

        blog, shop = await world.open("blog").states()

        assert (blog.uses, blog.damage) == (("network/dev",), "")
        assert "is not JSON" in shop.damage

    async def test_a_newer_format_is_refused(self, world: World, url: str) -> None:
        await world.open().acquire(ANNA, ttl=TTL)
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute("UPDATE cw_format SET version = 99")

        for call in (world.open().read, lambda: world.open().acquire(ANNA, ttl=TTL)):
            with pytest.raises(StateError, match="has format 99"):
                await call()


@pytest.mark.skipif(postgres_server.POOLER is None, reason="PgBouncer is not installed")
async def test_a_connection_pooler_in_transaction_mode_works(server: str) -> None:
    database = f"d{secrets.token_hex(8)}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {database}")
    with postgres_server.pooled(server, database) as url:
        stores = [PostgresStore(url, "shop", f"stage{number}") for number in range(WRITERS)]
        leases = await asyncio.gather(*(store.acquire(ANNA, ttl=TTL) for store in stores))
        for number in range(5):
            commits = zip(stores, leases, strict=True)
            await asyncio.gather(*(store.commit(lease, [PutRecord(record(f"r{number}"))]) for store, lease in commits))
        snapshots = await asyncio.gather(*(store.read() for store in stores))
        for store in stores:
            await store.close()

    assert [len(snapshot.records) for snapshot in snapshots] == [5] * WRITERS


@pytest.mark.skipif(postgres_server.POOLER is None, reason="PgBouncer is not installed")
async def test_writers_that_race_through_a_pooler_get_one_lease_and_lose_nothing(server: str) -> None:
    database = f"d{secrets.token_hex(8)}"
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {database}")
    with postgres_server.pooled(server, database) as url:
        stores = [PostgresStore(url, "shop", "dev") for _ in range(WRITERS)]

        async def write(number: int) -> str:
            while True:
                try:
                    lease = await stores[number].acquire(ANNA, ttl=TTL)
                except LockHeld:
                    await asyncio.sleep(0.01)
                    continue
                await stores[number].commit(lease, [PutRecord(record(f"r{number:02}"))])
                await stores[number].release(lease)
                return f"r{number:02}"

        written = await asyncio.gather(*map(write, range(WRITERS)))
        snapshot = await stores[0].read()
        for store in stores:
            await store.close()

    assert [each.key for each in snapshot.records] == sorted(written)
    assert snapshot.serial == WRITERS


async def holder_of(store: PostgresStore) -> Lease:
    lease = await store.holder()
    assert lease is not None
    return lease


def session_of(backend: Backend) -> psycopg.Connection[Any]:
    assert isinstance(backend, PostgresBackend)
    assert backend._connection is not None
    return backend._connection


def break_connections(server: str) -> None:
    with psycopg.connect(server, autocommit=True) as connection:
        connection.execute(
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE application_name = 'cloudwright'"
        )


def cut_after_commit(backend: Backend, server: str) -> None:
    """The connection breaks when the next commit has been done, before its answer is heard."""

    class Cut(psycopg.Cursor[Any]):
        def execute(self, query: Any, *args: Any, **kwargs: Any) -> Any:
            result = super().execute(query, *args, **kwargs)
            if query == "COMMIT":
                break_connections(server)
                super().execute("SELECT 1")
            return result

    session_of(backend).cursor_factory = Cut


def cut_before_commit(backend: Backend, server: str) -> None:
    """The connection breaks when all is written, but not yet committed."""

    class Cut(psycopg.Cursor[Any]):
        def execute(self, query: Any, *args: Any, **kwargs: Any) -> Any:
            if query == "COMMIT":
                break_connections(server)
            return super().execute(query, *args, **kwargs)

    session_of(backend).cursor_factory = Cut
