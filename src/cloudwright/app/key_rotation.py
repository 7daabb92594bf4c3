"""Rotation of a state's sealing key: sealed values are sealed with the new one.

A fingerprint can't be recomputed without its value, and the state does not hold the value. So the earlier key is kept,
sealed with the new one, until a deploy has seen every value again.
"""

from __future__ import annotations

import os
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from cloudwright.app.outputs import seal_outputs, unseal_outputs
from cloudwright.app.pinned_answers import resealed
from cloudwright.engine.drafts import SEALED, place_of
from cloudwright.errors import StateError
from cloudwright.plan.actions import result_place
from cloudwright.plan.attribute_values import sealed_place
from cloudwright.plan.decision import replace_digest
from cloudwright.plan.sealed_values import seal_value, unseal_value
from cloudwright.secret import SECRET_MARKER
from cloudwright.state.changes import PutAction, PutEntry, PutLookups, PutOutputs, PutRecord, PutSealing
from cloudwright.state.edits import dump
from cloudwright.state.sealing.keys import FileKeys, PassphraseKeys, key_file
from cloudwright.state.sealing.sealer import FORMER, Sealer, open_sealer

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from cloudwright.plan.resolved import ResolvedResource
    from cloudwright.state.action_records import ActionRecord
    from cloudwright.state.changes import StateChange
    from cloudwright.state.journal import JournalEntry
    from cloudwright.state.records import Record
    from cloudwright.state.sealing.keys import SealingKeys
    from cloudwright.state.snapshot import Snapshot


def new_keys(kind: str, secret: str, app: str, stage: str) -> SealingKeys:
    """A source of a new key that no state uses yet.

    Args:
        kind: `file`, `passphrase` or `kms`.
        secret: The new passphrase, or the KMS key's id, ARN or alias.
        app: The app's name.
        stage: The stage's name.
    """
    match kind:
        case "kms":
            from cloudwright.state.sealing.kms import AwsKms, WrappedKeys

            return WrappedKeys(AwsKms(secret, app, stage))
        case "passphrase":
            return PassphraseKeys(secret)
    return FileKeys(key_file(os.environ)).renewed()


def check_sealed(snapshot: Snapshot, place: str = "") -> None:
    """Check that the state has a key and that it is available, before a new one is created.

    Raises:
        StateError: Nothing is sealed.
        CannotUnseal: The available key is not the state's.
    """
    if not snapshot.sealing:
        raise StateError(
            f"{snapshot.app}/{snapshot.stage} contains no secrets, so there is no key to change",
            hint="the first deploy of a secret chooses the key: docs/secrets.md",
        )
    open_sealer(snapshot.app, snapshot.stage, snapshot.sealing, place=place).key.derive("check")


def rotated(snapshot: Snapshot, keys: SealingKeys) -> list[StateChange]:
    """The changes that give a state another sealing key.

    Args:
        snapshot: The state, which the available key must open.
        keys: The new key.

    Raises:
        CannotUnseal: The available key is not the state's; nothing is changed.
        StateError: Nothing is sealed.
    """
    check_sealed(snapshot)
    old, new = open_sealer(snapshot.app, snapshot.stage, snapshot.sealing), Sealer(snapshot.app, snapshot.stage, keys)
    changes: list[StateChange] = [
        PutOutputs(seal_outputs(unseal_outputs(snapshot.outputs, old), new), snapshot.uses),
        *([PutLookups(resealed(snapshot.lookups, old, new))] if snapshot.lookups else ()),
        *(PutRecord(_record(record, old, new)) for record in snapshot.records if record.sealed),
        *(PutAction(_action(action, old, new)) for action in snapshot.actions if action.result),
        *(PutEntry(_entry(entry, old, new)) for entry in snapshot.journal if entry.body.startswith(SEALED)),
    ]
    new.keep_former((old.key, *old.former))
    return [PutSealing(new.document), *changes]


def _record(record: Record, old: Sealer, new: Sealer) -> Record:
    sealed: dict[str, object] = {}
    for pointer, text in record.sealed.items():
        place = sealed_place(record.type, record.identifier, pointer)
        sealed[pointer] = new.seal(old.unseal(str(text), place=place), place=place)
    return replace(record, sealed=sealed)


def _action(action: ActionRecord, old: Sealer, new: Sealer) -> ActionRecord:
    place = result_place(action.key)
    value = unseal_value(action.result["value"], place, old)
    return replace(action, result={"value": seal_value(value, place, new)})


def _entry(entry: JournalEntry, old: Sealer, new: Sealer) -> JournalEntry:
    place = place_of(entry)
    return replace(entry, body=new.seal(old.unseal(entry.body, place=place), place=place))


def retained(snapshot: Snapshot) -> frozenset[str]:
    """The fingerprints in a state that may come from an earlier key; empty if there is none."""
    if not snapshot.sealing.get(FORMER):
        return frozenset()
    records = (*snapshot.records, *(entry.draft for entry in snapshot.journal))
    kept = [
        *([record.declared, record.observed, record.tried] for record in records),
        *(action.arguments for action in snapshot.actions),
    ]
    return frozenset(_fingerprints(kept))


def _fingerprints(document: Any) -> Iterator[str]:
    if isinstance(document, dict):
        marker = document.get(SECRET_MARKER)
        if isinstance(marker, str) and len(document) == 1:
            yield marker
        for value in document.values():
            yield from _fingerprints(value)
    elif isinstance(document, list):
        for value in document:
            yield from _fingerprints(value)


def refreshed(snapshot: Snapshot, subjects: Iterable[ResolvedResource], sealing: Sealer) -> list[StateChange]:
    """After a complete deploy.

    Rewrite records with the new key's fingerprints, and drop earlier keys that nothing needs.

    Args:
        snapshot: The state after the deploy.
        subjects: Everything declared; its values are known now.
        sealing: Has seen those values.
    """
    if not sealing.former:
        return []
    digests = {subject.key: subject.replace_on for subject in subjects}
    records = [_renewed(record, digests.get(record.key), sealing.successors) for record in snapshot.records]
    changes: list[StateChange] = [
        PutRecord(new) for old, new in zip(snapshot.records, records, strict=True) if old != new
    ]
    actions = [replace(one, arguments=_translated(dict(one.arguments), sealing.successors)) for one in snapshot.actions]
    changes += [PutAction(new) for old, new in zip(snapshot.actions, actions, strict=True) if old != new]
    text = dump(replace(snapshot, records=tuple(records), actions=tuple(actions), sealing={}))
    still = [key for key in sealing.former if key.id in text]
    lost = any(record.replace_on and record.key not in digests for record in records)
    if lost or len(still) == len(sealing.former):
        return changes
    sealing.drop_former({key.id for key in sealing.former} - {key.id for key in still})
    return [*changes, PutSealing(sealing.document)]


def _renewed(record: Record, replace_on: Any, successors: Mapping[str, str]) -> Record:
    fields = {name: _translated(getattr(record, name), successors) for name in ("declared", "observed", "tried")}
    if replace_on is not None and record.replace_on == replace_digest(replace_on):
        fields["replace_on"] = replace_digest(_translated(replace_on, successors))
    return replace(record, **fields)


def _translated(document: Any, successors: Mapping[str, str]) -> Any:
    if isinstance(document, dict):
        if len(document) == 1 and isinstance(document.get(SECRET_MARKER), str):
            return {SECRET_MARKER: successors.get(document[SECRET_MARKER], document[SECRET_MARKER])}
        return {name: _translated(value, successors) for name, value in document.items()}
    if isinstance(document, list):
        return [_translated(value, successors) for value in document]
    return document
