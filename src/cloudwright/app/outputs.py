"""The outputs of apps: stored with sealed secrets, and read by a command or by another app."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cloudwright.errors import ProgramError
from cloudwright.lazy_dataclass import replace
from cloudwright.plan.sealed_values import seal_value, unseal_value
from cloudwright.secret import MASK, SECRET_MARKER

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cloudwright.app.runtime import RunSettings
    from cloudwright.engine.run import Sealing
    from cloudwright.state.snapshot import Snapshot


class Outputs(dict[str, Any]):
    """The outputs of another app; the error for a missing one names it."""

    def __init__(self, values: Mapping[str, Any], whose: str) -> None:
        """Wrap outputs.

        Args:
            values: Name -> value.
            whose: The app, its stage and its store, for the message.
        """
        super().__init__(values)
        self._whose = whose

    def __missing__(self, name: str) -> Any:
        has = f"it has {', '.join(sorted(self))}" if self else "it has none: it was destroyed, or returns nothing"
        raise KeyError(f"{self._whose} has no output {name!r}; {has}")


def seal_outputs(outputs: Mapping[str, Any], sealing: Sealing) -> dict[str, Any]:
    """Outputs for the state.

    Args:
        outputs: May hold `Secret` objects anywhere.
        sealing: Encrypts them.
    """
    return {name: seal_value(value, f"outputs/{name}", sealing) for name, value in outputs.items()}


def unseal_outputs(kept: Mapping[str, Any], sealing: Sealing) -> dict[str, Any]:
    """Outputs from the state, with `Secret` objects in place of sealed values.

    Raises:
        CannotUnseal: The available key is another one.
    """
    return {name: unseal_value(value, f"outputs/{name}", sealing) for name, value in kept.items()}


def without_seals(kept: Mapping[str, Any]) -> dict[str, Any]:
    """Outputs from the state for display: a mask in place of each sealed value; needs no key."""
    return {name: _masked(value) for name, value in kept.items()}


def _masked(value: Any) -> Any:
    match value:
        case {"$sealed": str()} if len(value) == 1:
            return {SECRET_MARKER: MASK}
        case dict():
            return {name: _masked(member) for name, member in value.items()}
        case list():
            return [_masked(item) for item in value]
    return value


async def stored_outputs(settings: RunSettings) -> dict[str, Any]:
    """The outputs of the last deploy, from the state alone; secrets are `Secret` objects.

    Args:
        settings: Name the state.

    Raises:
        StateError: The state can't be used.
        CannotUnseal: The available key is another one.
    """
    from cloudwright.app.runtime import open_state, sealer_of

    store = open_state(settings)
    try:
        snapshot = await store.read()
    finally:
        await store.close()
    return unseal_outputs(snapshot.outputs, sealer_of(settings, snapshot, store))


async def read_outputs(settings: RunSettings, app: str, stage: str, state: str | None = None) -> Mapping[str, object]:
    """The outputs of another app, in the same store or in another one.

    Args:
        settings: The settings of the current run.
        app: The other app.
        stage: Its stage.
        state: The URL of the other app's store; by default that of the current run. The local cloud has only one.

    Raises:
        ProgramError: That app has no outputs under this stage.
    """
    from cloudwright.app.runtime import open_state
    from cloudwright.app.state_admin import notes_on_names
    from cloudwright.state.address import public
    from cloudwright.state.sealing.sealer import open_sealer

    store = open_state(replace(settings, app=app, stage=stage, state=state or settings.state))
    try:
        snapshot = await store.read()
        notes = await notes_on_names(store, snapshot)
    finally:
        await store.close()
    where = public(state) if state and not settings.local else "this state"
    return outputs_of(snapshot, open_sealer(app, stage, snapshot.sealing, place=store.place), where, notes)


def outputs_of(
    snapshot: Snapshot, sealing: Sealing, where: str = "this state", notes: tuple[str, ...] = ()
) -> Mapping[str, object]:
    """The outputs that a state holds.

    Args:
        snapshot: The other app's state.
        sealing: Opens its secrets.
        where: The name of the store in the error.
        notes: Additions to the error for an app that was never deployed there.

    Raises:
        ProgramError: The app was never deployed there.
    """
    if not snapshot.serial:
        raise ProgramError(
            "; ".join((f"app {snapshot.app!r} has no stage {snapshot.stage!r} in {where}", *notes)),
            hint="deploy it first, or name another stage, or the store that it lives in: outputs(..., state=URL)",
        )
    return Outputs(unseal_outputs(snapshot.outputs, sealing), f"{snapshot.app}/{snapshot.stage} in {where}")
