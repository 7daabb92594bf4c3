"""The plan as data: steps, reasons and findings. Serialisable; rendered and checked elsewhere.

Values inside a change are JSON, with two kinds of markers: `{"$unknown": "KEY:/Path"}` for a value that is
known after deploy, and `{"$secret": "FINGERPRINT"}` for one that is never shown.
"""

from __future__ import annotations

from dataclasses import field
from enum import StrEnum
from typing import TYPE_CHECKING

from cloudwright.display import Displayed
from cloudwright.lazy_dataclass import dataclass
from cloudwright.program.declaration import ActionSpec
from cloudwright.program.source import Source

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cloudwright.target import Target

FORMAT = 2
"""Version of the saved plan's format; other versions are refused."""


class Action(StrEnum):
    """What happens to one resource, or to an action of the program's, which runs or does not."""

    CREATE = "create"
    UPDATE = "update"
    REPLACE = "replace"
    DELETE = "delete"
    IMPORT = "import"
    FORGET = "forget"
    MOVE = "move"
    RUN = "run"
    RESUME = "resume"
    READ = "read"
    NONE = "none"


class Order(StrEnum):
    """Which half of a replacement comes first."""

    CREATE_FIRST = "create-first"
    DELETE_FIRST = "delete-first"


@dataclass(frozen=True, slots=True)
class Change:
    """One difference between the current and the desired document.

    Attributes:
        path: JSON pointer into the properties, such as `/Distributions/0/Region`.
        kind: `add`, `remove`, `replace` or `order`.
        old: The value before (JSON with markers), `None` for an addition.
        new: The value after, `None` for a removal.
        rule: Why it is a change, as a stable keyword: `changed`, `createOnly`, `conditionalCreateOnly`,
            `noUpdateHandler`, `target`, `tainted`, `requested`, `replaceOn`, `unknown`, `drift`, `writeOnly`.
        forces: Whether this change alone forces (or may force) a replacement.
        reason: A sentence for messages.
    """

    path: str
    kind: str
    old: object = None
    new: object = None
    rule: str = "changed"
    forces: bool = False
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """The action on one resource, on one old generation of it, or on one action of the program.

    Attributes:
        key: The resource's key.
        generation: The generation that exists after the step (for a delete: the deleted one).
        identifier: The physical resource that is changed, replaced, deleted or imported; `None` for a create.
        order: For a replacement, which half comes first.
        depends_on: Keys this step waits for.
        desired: The desired document with markers of unknown and secret values; empty for deletes. The apply pass
            must agree on every leaf that is known here.
        maybe: The change depends on values that are known after deploy, so there may be none.
        may_replace: It may turn out as a replacement; needs consent.
        needs_consent: Its replacement still needs consent, so a deploy refuses the plan.
        moved_from: The former key, for a move.
        reasons: Sentences about the step as a whole, for messages.
        source: Where the resource is declared.
        superseded: A delete of an old generation, not of an orphan.
    """

    key: str
    type: str
    action: Action
    target: Target
    generation: int = 0
    identifier: str | None = None
    order: Order | None = None
    changes: tuple[Change, ...] = ()
    depends_on: tuple[str, ...] = ()
    desired: Mapping[str, object] = field(default_factory=dict, repr=False)
    maybe: bool = False
    may_replace: bool = False
    needs_consent: bool = False
    moved_from: str = ""
    reasons: tuple[str, ...] = ()
    source: Source = Source()
    superseded: bool = False

    @property
    def is_action(self) -> bool:
        """Whether it is about an action of the program instead of a resource."""
        return self.type == ActionSpec.TYPE


@dataclass(frozen=True, slots=True, kw_only=True)
class Declared:
    """One declaration as the program wrote it: what rules read, before aliases and defaults.

    Attributes:
        properties: As written, with markers for unknown and secret values; resolved where a reference is known.
        references: Pointer -> `KEY:/Path` for every value that refers to another resource, known or not.
        outlines: Pointer -> a text that holds references, with a word in place of each: what is known about it before
            the first deploy.
        previous: The declared properties in the state for this key; `None` for a new one.
        silenced: Rule id -> the user's reason for silencing it here.
        existing: Read with `.get()`, not managed.
    """

    key: str
    type: str
    target: Target
    properties: Mapping[str, object] = field(repr=False)
    references: Mapping[str, str] = field(default_factory=dict)
    outlines: Mapping[str, str] = field(default_factory=dict, repr=False)
    depends_on: tuple[str, ...] = ()
    previous: Mapping[str, object] | None = field(default=None, repr=False)
    silenced: Mapping[str, str] = field(default_factory=dict)
    source: Source = Source()
    existing: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """A problem that a rule reports.

    Attributes:
        id: Stable, such as `IB103`.
        severity: `error`, `warning` or `info`.
        key: The resource's key.
        path: JSON pointer into its properties; empty for the whole resource.
        text: What is wrong.
        fix: What to do.
        origin: The source of the fact (page, issue, schema).
        silenced: The user's reason for silencing it; empty if not silenced.
    """

    id: str
    severity: str
    key: str
    path: str = ""
    text: str
    fix: str = ""
    origin: str = ""
    source: Source = Source()
    silenced: str = ""


@dataclass(frozen=True, slots=True)
class Partial:
    """The program computed with an unknown value, so the plan ends there and deletes nothing."""

    reason: str
    source: Source = Source()


@dataclass(frozen=True, slots=True, kw_only=True)
class Consent:
    """A consent that a deploy of the plan needs.

    Attributes:
        keys: The resources whose replacement lacks consent.
        text: What would happen, and why.
        fix: How to give the consent, and how to avoid it.
    """

    keys: tuple[str, ...]
    text: str
    fix: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PinnedAnswer:
    """The answer of a lookup, as the plan was made with it.

    Attributes:
        key: What names the question in the state.
        question: The lookup as a call, such as `ssm(path="/golden/ami")`.
        label: What to call it.
        place: Account and Region; empty for a lookup of the user's.
        answer: JSON with markers for secrets.
        recorded: Whether the state holds an answer of the last deploy.
        before: That answer, with markers.
        effects: Key and pointer of what an answer changes that is not the recorded one, a line for each resource.
        source: Where the program asks.
    """

    key: str
    question: str
    label: str
    place: str = ""
    answer: object = None
    recorded: bool = False
    before: object = None
    effects: tuple[str, ...] = ()
    source: Source = Source()


LEFT_ALONE = "it would change, but this plan is limited to other resources"
"""The reason of a step that `--target`, `--exclude` or an import left out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan(Displayed):
    """The plan of a deploy.

    Attributes:
        serial: The state's serial that the plan was made from.
        digest: A hash over the declarations; with `serial` it is the plan's identity.
        steps: One per resource or old generation, in an order in which they could run.
        declared: The declarations as written; what rules read.
        findings: What rules and value checks report.
        outputs: The program's return value with markers.
        partial: Set if the program could not be planned to its end.
        consents: Missing consents; a deploy refuses a plan that has any.
        destroy: The plan of a `destroy`.
        notes: Sentences about the plan as a whole.
        refreshed: Whether live documents were read.
        targeted: Whether `--target` or `--exclude` narrowed it.
        sealing: What is needed to find the key of its fingerprints, as `Snapshot.sealing`; never the key itself.
        lookups: The answers that it was made with; a deploy of it uses no others.
    """

    app: str
    stage: str
    serial: int
    digest: str
    steps: tuple[Step, ...] = ()
    declared: tuple[Declared, ...] = ()
    findings: tuple[Finding, ...] = ()
    outputs: Mapping[str, object] = field(default_factory=dict)
    partial: Partial | None = None
    consents: tuple[Consent, ...] = ()
    destroy: bool = False
    notes: tuple[str, ...] = ()
    refreshed: bool = False
    targeted: bool = False
    sealing: Mapping[str, object] = field(default_factory=dict, repr=False)
    lookups: tuple[PinnedAnswer, ...] = ()

    @property
    def changes(self) -> tuple[Step, ...]:
        """The steps that do something."""
        return tuple(step for step in self.steps if step.action not in {Action.NONE, Action.READ})

    @property
    def empty(self) -> bool:
        """Whether it changes nothing."""
        return not self.changes

    def __repr__(self) -> str:
        """One line; `print` shows the whole plan."""
        counts = ", ".join(f"{self.count(action)} {action}" for action in Action if self.count(action)) or "empty"
        found = f"; {len(self.findings)} findings" if self.findings else ""
        return f"<{'Destroy' if self.destroy else 'Plan'} {self.app}/{self.stage}: {counts}{found}>"

    def count(self, action: Action) -> int:
        """How many steps have this action."""
        return sum(1 for step in self.steps if step.action is action)

    @property
    def left_alone(self) -> int:
        """How many resources would change if the plan was not limited to others."""
        return sum(1 for step in self.steps if LEFT_ALONE in step.reasons)
