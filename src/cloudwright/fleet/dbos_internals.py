"""What we need of DBOS beyond its public interface, and a check that the installed one has it.

Taking over: `DBOS.resume_workflow` puts a workflow back on its queue whichever worker has it by then, so two workers
that take over at once would have it carried out twice. What DBOS does for its own recovery names the executors that are
gone, in the same statement; what another one has taken up meanwhile stays there (`_recovery.py` of 3.4).

Limits: a queue's limits stand in the database, where the last worker to start sets them for all of them. How much one
process takes is its own affair (`Queue.worker_concurrency` of 3.4).

Waiting: DBOS tries again where a connection was lost, and knows by its words only some of those that could not be made
(`_utils.retriable_postgres_exception` of 3.4). Any other one would end a workflow in the middle, and nobody would go on
with it, since its worker lives.
"""

from __future__ import annotations

from importlib.metadata import version
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from dbos import DBOS, _dbos

from cloudwright.errors import CloudwrightError

if TYPE_CHECKING:
    from collections.abc import Iterable

WANTED = "dbos>=3.4,<4"
"""As in pyproject.toml."""


def put_back(executors: Iterable[str]) -> None:
    """Put the workflows of these executors back on the queue; what others have taken by now stays theirs.

    Args:
        executors: Names of workers that are gone.
    """
    gone = list(executors)
    if gone:
        _part(DBOS, "_recover_pending_workflows")(gone)


def limit_here(prefix: str, concurrency: int) -> None:
    """Let this process take only so much of a queue, whatever another worker has written into the database.

    Args:
        prefix: Of the queues' names.
        concurrency: Workflows at once.
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
    """Let DBOS take a connection that can't be made for one that was lost: it waits, and tries again."""
    sa.event.listen(_part(_database(), "engine"), "handle_error", _lost)


def _lost(context: sa.ExceptionContext) -> None:
    if context.connection is None and isinstance(context.sqlalchemy_exception, sa.exc.OperationalError):
        context.is_disconnect = True


def check() -> None:
    """Make sure, before any work is taken, that the work of others could be taken over.

    Raises:
        CloudwrightError: This version of DBOS is not built as those that we know.
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
            f"dbos {version('dbos')} has no {name}: a fleet could not take over the work of a dead worker with it",
            hint=f"pip install '{WANTED}'",
        ) from None
