"""Everything that one state holds, and the other states of its store."""

from __future__ import annotations

from dataclasses import field
from typing import TYPE_CHECKING

from cloudwright.lazy_dataclass import dataclass

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cloudwright.state.action_records import ActionRecord
    from cloudwright.state.deliveries import ImageDelivery
    from cloudwright.state.journal import JournalEntry
    from cloudwright.state.records import Record


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """Everything a state holds, from one consistent read.

    Attributes:
        serial: Counts the commits that changed records, journal or outputs. Leases, learned figures
            and deliveries of images don't count.
        outputs: The app's last outputs, secrets sealed.
        learned: Figures that make the next run faster (durations, rates), by name.
        uses: Outputs of other apps that this one read: `app/stage` names, with `@URL` for those in another store.
        sealing: What is needed to find the sealing key (a salt and a check value, or a wrapped key); never the key
            itself.
        lookups: The answers that the last deploy was made with, by question: `label` and `answer`, secrets sealed.
        deliveries: Of images: those under way, and the latest ones.
        actions: What ran after changes, and what it returned.
    """

    app: str
    stage: str
    serial: int = 0
    records: tuple[Record, ...] = ()
    journal: tuple[JournalEntry, ...] = ()
    outputs: Mapping[str, object] = field(default_factory=dict, repr=False)
    learned: Mapping[str, object] = field(default_factory=dict)
    uses: tuple[str, ...] = ()
    sealing: Mapping[str, object] = field(default_factory=dict, repr=False)
    lookups: Mapping[str, object] = field(default_factory=dict, repr=False)
    deliveries: tuple[ImageDelivery, ...] = ()
    actions: tuple[ActionRecord, ...] = ()


@dataclass(frozen=True, slots=True)
class Neighbour:
    """One of the states in a store.

    Attributes:
        uses: As in `Snapshot`.
        damage: Why it can't be read, so that what it uses is not known; empty if it can.
    """

    app: str
    stage: str
    uses: tuple[str, ...] = ()
    damage: str = ""
