"""What the state records about one physical resource.

Nothing here holds a secret in clear: secret and write-only leaves of `declared` and `observed` are fingerprints
(see `cloudwright.secret`).
"""

from __future__ import annotations

from dataclasses import field
from enum import StrEnum
from typing import TYPE_CHECKING

from cloudwright.lazy_dataclass import dataclass

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cloudwright.target import Target


class RecordStatus(StrEnum):
    """Who owns the physical resource of a record, as far as is known."""

    LIVE = "live"
    """Exists, and is ours."""

    TAINTED = "tainted"
    """Its create failed, but it is proven ours: replaced by the next deploy."""

    DOUBTFUL = "doubtful"
    """Not proven ours: never deleted or replaced; the user adopts or forgets it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """One physical resource.

    Attributes:
        key: Scope path and id.
        generation: Replacement count; (key, generation) names one record.
        current: Whether this is the key's current generation; an older one waits for its delete.
        type: The resource type's name.
        identifier: Cloud Control's primary identifier.
        target: Where it lives and how to reach it.
        declared: The desired document of the last success (references resolved, secrets as fingerprints).
        observed: AWS's last answer (secrets as fingerprints).
        depends_on: Keys of the resources it needs.
        dirty: Pointers that an update tried to change without a confirmed end.
        tried: What such updates declared, if anything: it may have been written, and is then ours to remove.
        protect: Refuse to delete or replace it.
        retain: Forget it instead of deleting it.
        order: Position in the order of creation within this state; breaks cycles among edges of different runs.
        created_at: Seconds since the epoch.
        updated_at: Seconds since the epoch.
        filled_at: Seconds since the epoch of the last write of another resource that fills attributes of this one, and
            after which they were read; 0 for none.
        note: The reason of the status, for messages.
        unobservable: Written by earlier versions, which also listed values that somebody had removed by hand; read from
            old states, otherwise unused.
        ignored: Pointers whose changes the program ignores, so that they are not drift either.
        replace_on: Digest of the values whose change replaces the resource; empty without any.
        own_name: The identifier ends with a random suffix that we chose, so a resource of that name is ours.
        sealed: Secret attributes that AWS generated and later runs need: pointer -> sealed JSON.
        unreturned: Unreturned paths, with `*` for any item of a list: a request wrote them, and repeated reads after it
            did not return them (CC47).
        adopted: It was adopted, so a value that no read returns and that was never declared may differ unnoticed
            (CC32).
        claim: Which other tool still manages it, until `doctor --handover` found that it does not any more; empty for
            none.
    """

    key: str
    generation: int = 0
    current: bool = True
    type: str
    identifier: str
    target: Target
    status: RecordStatus = RecordStatus.LIVE
    declared: Mapping[str, object] = field(default_factory=dict, repr=False)
    observed: Mapping[str, object] = field(default_factory=dict, repr=False)
    depends_on: tuple[str, ...] = ()
    dirty: tuple[str, ...] = ()
    tried: Mapping[str, object] = field(default_factory=dict, repr=False)
    protect: bool = False
    retain: bool = False
    order: int = 0
    created_at: float = 0.0
    updated_at: float = 0.0
    filled_at: float = 0.0
    note: str = ""
    unobservable: tuple[str, ...] = ()
    ignored: tuple[str, ...] = ()
    replace_on: str = ""
    own_name: bool = False
    sealed: Mapping[str, object] = field(default_factory=dict, repr=False)
    unreturned: tuple[str, ...] = ()
    adopted: bool = False
    claim: str = ""

    @property
    def id(self) -> tuple[str, int]:
        """Key and generation, which name this record in its state."""
        return (self.key, self.generation)
