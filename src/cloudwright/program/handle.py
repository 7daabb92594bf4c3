"""What a declaration returns: its key, its attributes as references, and its values once it is awaited."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

from cloudwright.errors import ProgramError, StaleReference
from cloudwright.program import await_order
from cloudwright.program.awaitable import refuse_unawaited
from cloudwright.program.reference import Ref, Referable, Reference
from cloudwright.program.run import plain, running
from cloudwright.program.scope import composed

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable

    from cloudwright.program.run import ProgramRun


class Handle(Referable):
    """Something that a program has declared, within the run that declared it."""

    _pass: ProgramRun
    _key: str
    _awaits: dict[await_order.TaskAwaits, int]
    _implied: tuple[str, ...]

    def _begin(self, run: ProgramRun, key: str) -> None:
        self._pass, self._key = run, key
        self._awaits = {}
        self._implied = ()

    @property
    def key(self) -> str:
        """Scope path and id, such as `images/golden`."""
        return self._key

    def _attribute(self, path: tuple[str, ...]) -> Any:
        run = self._check()
        ref = Ref(self._key, path)
        if not await_order.current().sees(self._awaits):
            return Reference(run.table, ref)
        return plain(run.driver.value(ref), lambda unknown: Reference(run.table, unknown, awaited=True))

    def _check(self) -> ProgramRun:
        run = running()
        if run is not self._pass:
            raise StaleReference(
                f"the handle of {self._key!r} survives from an earlier run of the program",
                hint="don't cache functions that declare resources, and keep no handles in modules",
            )
        return run

    def __await__(self) -> Generator[Any, None, Self]:
        run = self._check()
        yield from run.driver.ensure(self._key).__await__()
        strand = await_order.current()
        self._awaits[strand] = strand.awaited(self._key, self._implied)
        return self


def keys_of(given: object) -> tuple[str, ...]:
    """The keys that an option such as `depends_on` names.

    Args:
        given: Handles, references and keys; one, or several.

    Raises:
        ProgramError: It holds something else.
    """
    refuse_unawaited(None if isinstance(given, Handle) else given, "depends_on or aliases")
    items: Iterable[object] = (given,) if isinstance(given, str | Handle) else tuple(given or ())  # type: ignore[arg-type]
    return tuple(dict.fromkeys(_one_key(item) for item in items))


def _one_key(item: object) -> str:
    if isinstance(item, Reference):
        return item.ref.key
    if isinstance(item, Handle):
        item._check()  # noqa: SLF001 - the same class
        return item.key
    if isinstance(item, str):
        return composed(item)
    refuse_unawaited(item, "depends_on or aliases")
    raise ProgramError(f"depends_on and aliases take resources and keys, not {type(item).__name__}")
