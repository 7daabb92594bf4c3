"""The parts of DBOS's private interface that the fleet uses, and a check that the installed version has them.

Taking over: `DBOS.resume_workflow` puts a workflow back on its queue whichever worker has it by then, so two workers
that take over at the same time would run it twice. DBOS's own recovery names the dead executors in the same SQL
statement; a workflow that another worker has taken meanwhile stays with it (`_recovery.py` of 3.4).

Limits: a queue's limits are rows in the database, and the last worker to start sets them for all workers. The limit
of one process must be its own (`Queue.worker_concurrency` of 3.4).

Waiting: DBOS retries after a lost connection, but recognizes only some of the messages of a connection that could not
be established (`_utils.retriable_postgres_exception` of 3.4). Any other message would end a workflow in the middle, and
nobody would continue it, since its worker is alive.
"""

from __future__ import annotations

from importlib.metadata import version
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from dbos import DBOS, _dbos

from cloudwright.errors import CloudwrightError

if TYPE_CHECKING:
    from collections.abc import Iterable

REQUIREMENT = "dbos>=3.4,<4"
"""As in pyproject.toml."""


def requeue_dead(executors: Iterable[str]) -> None:
    """Put the workflows of these executors back on the queue, except those that another worker has taken by now."""
    names = list(executors)
    if names:
        _part(DBOS, "_recover_pending_workflows")(names)


def limit_in_process(prefix: str, concurrency: int) -> None:
    """Limit how many workflows this process takes from a queue, even if another worker stored a different limit.

    Args:
        prefix: Prefix of the queues' names.
        concurrency: Workflows at the same time.
    """
    database: Any = _database()
    read = _part(database, "get_queue")

    def limited(name: str, **options: Any) -> Any:
        queue = read(name, **options)
        if queue is not None and name.startswith(prefix):
            _part(queue, "_worker_concurrency")
            queue._worker_concurrency = concurrency  # noqa: SLF001 - see above
        return queue

    database.get_queue = limited


def wait_for_database() -> None:
    """Make DBOS treat a connection that can't be established like a lost one: wait and retry."""
    sa.event.listen(_part(_database(), "engine"), "handle_error", _lost)


def _lost(context: sa.ExceptionContext) -> None:
    if context.connection is None and isinstance(context.sqlalchemy_exception, sa.exc.OperationalError):
        context.is_disconnect = True


def check() -> None:
    """Check, before taking work, that this version of DBOS allows taking over the work of other workers.

    Raises:
        CloudwrightError: This version of DBOS lacks a part that is needed.
    """
    _part(DBOS, "_recover_pending_workflows")
    _part(_dbos, "_get_dbos_instance")


def _database() -> Any:
    instance = _part(_dbos, "_get_dbos_instance")()
    return _part(instance, "_sys_db")


def _part(whole: Any, name: str) -> Any:
    try:
        return getattr(whole, name)
    except AttributeError:
        raise CloudwrightError(
            f"dbos {version('dbos')} has no {name}: without it, a fleet can't take over the work of a dead worker",
            hint=f"pip install '{REQUIREMENT}'",
        ) from None
