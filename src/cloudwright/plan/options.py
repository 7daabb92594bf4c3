"""The options of a plan."""

from __future__ import annotations

from cloudwright.lazy_dataclass import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanOptions:
    """The options of `plan`, `deploy` and `destroy`. Every tuple contains keys.

    Attributes:
        refresh: Read the live documents first.
        targets: Plan only these and what they depend on; deletes nothing outside.
        excludes: Skip these and what depends on them.
        replace: Replace these even if nothing changed.
        allow_replace: Consent to replacements of these.
        delete_first: Delete these orphans before the creates.
        adopt: Adopt the resource that already exists with this key's identity.
        imports: Key and identifier of each live resource that is bound to a declared key.
        claims: Key and claim of what is adopted from another tool: only the state is written, and differences stay
            for a later deploy.
        force: Adopt even resources with the tags of a CloudFormation stack or of another owner.
        strict_values: Schema warnings on values are errors.
        frozen: Lookups keep the answers of the last deploy; a lookup without one is an error.
    """

    refresh: bool = False
    targets: tuple[str, ...] = ()
    excludes: tuple[str, ...] = ()
    replace: tuple[str, ...] = ()
    allow_replace: tuple[str, ...] = ()
    delete_first: tuple[str, ...] = ()
    adopt: tuple[str, ...] = ()
    imports: tuple[tuple[str, str], ...] = ()
    claims: tuple[tuple[str, str], ...] = ()
    force: bool = False
    strict_values: bool = False
    frozen: bool = False

    @property
    def chosen(self) -> frozenset[str]:
        """Keys whose resource the user has named or wants to adopt."""
        return frozenset((*self.adopt, *(key for key, _ in self.imports)))

    @property
    def targeted(self) -> bool:
        """Whether only a part of the program is planned."""
        return bool(self.targets or self.excludes)
