"""The least list of IAM actions that a plan needs, account by account, each with the reasons why."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import replace
from typing import TYPE_CHECKING, TypeAlias

from cloudwright.permissions.assets import asset_permissions
from cloudwright.permissions.dry_runs import dry_run_permissions
from cloudwright.permissions.images import image_permissions
from cloudwright.permissions.lookups import lookup_permissions
from cloudwright.permissions.model import AccountPermissions, Permission, Purpose, Reason
from cloudwright.permissions.operations import CHANGING, CLOUD_CONTROL, FOLLOW_UP, operations
from cloudwright.permissions.own import Storage, own_permissions
from cloudwright.permissions.roles import PASS_ROLE, passed_roles
from cloudwright.plan.model import Action
from cloudwright.schema.override import override_for

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from cloudwright.plan.model import Plan, Step
    from cloudwright.schema.catalog import Catalog
    from cloudwright.schema.resource_type import ResourceType

_Account: TypeAlias = tuple[str, str]

_WHOLE_SERVICE = "the schema lists the whole service; narrow it if you know what is called"

_WITHOUT_PROGRAM = frozenset({Purpose.DRIFT, Purpose.DESTROY})
"""These do not run the program, so that it looks nothing up."""


def permissions_of(
    plan: Plan, catalog: Catalog, purpose: Purpose, storage: Storage | None = None, *, assets: str = ""
) -> tuple[AccountPermissions, ...]:
    """What a run needs permission for.

    Args:
        plan: What the run would do, or has found.
        catalog: The types of its resources.
        purpose: Which run.
        storage: Where the state lies; by default in a file without a KMS key.
        assets: The name of the bucket for assets; empty for that of `cloudwright bootstrap`.

    Returns:
        One entry an account, sorted; the same plan always gives the same.
    """
    needed: dict[_Account, list[Permission]] = defaultdict(list)
    for step in plan.steps:
        if step.is_action:  # what the user's function calls is not known
            continue
        place = (step.target.partition, step.target.account)
        needed[place] += _of_step(step, plan, catalog, purpose)
        needed[place] += asset_permissions(step, purpose, assets)
        needed[place] += dry_run_permissions(step, plan) if purpose is Purpose.ASK_SERVICE else ()
        needed[place] += _of_registry(step, catalog, purpose)
    for place, permission in lookup_permissions(plan, catalog) if purpose not in _WITHOUT_PROGRAM else ():
        needed[place].append(permission)
    for place, permission in image_permissions(plan) if purpose is Purpose.IMAGES else ():
        needed[place].append(permission)
    caller = _caller(plan)
    needed[caller] += own_permissions(plan, purpose, storage or Storage(), *caller)
    return tuple(
        AccountPermissions(partition=partition, account=account, permissions=_merged(permissions))
        for (partition, account), permissions in sorted(needed.items())
        if permissions
    )


def _caller(plan: Plan) -> _Account:
    """The caller's account, if the plan has exactly one that is not reached through a role."""
    targets = {step.target for step in plan.steps if step.target.source.kind != "role"}
    places = {(target.partition, target.account) for target in targets}
    partitions = sorted({step.target.partition for step in plan.steps}) or ["aws"]
    return places.pop() if len(places) == 1 else (partitions[0], "")


def _of_step(step: Step, plan: Plan, catalog: Catalog, purpose: Purpose) -> Iterator[Permission]:
    kind = catalog.get(step.type)
    called = operations(step, purpose)
    for operation in called:
        if operation not in kind.handlers:
            continue
        reasons = (Reason(key=step.key, type=step.type, operation=operation),)
        if kind.provided:
            for action in kind.handlers[operation].permissions:
                yield Permission(action=action, reasons=reasons)
            continue
        for action in CLOUD_CONTROL[operation]:
            yield Permission(action=action, reasons=reasons)
        for action in FOLLOW_UP if operation in CHANGING else ():
            yield Permission(action=action, reasons=reasons)
        # A resumed create sends what the journal holds, so that it may have any property.
        resumed = step.action is Action.RESUME
        spared = frozenset[str]() if resumed else override_for(step.type).spared(operation, step.desired)
        yield from (one for one in _of_handler(kind, operation, reasons, catalog) if one.action not in spared)
    yield from _of_roles(step, plan, kind, called)


def _of_handler(
    kind: ResourceType, operation: str, reasons: tuple[Reason, ...], catalog: Catalog
) -> Iterator[Permission]:
    if not any(handler.permissions for handler in kind.handlers.values()):
        note = f"the schema of {kind.name} lists no actions, so all actions of the service are allowed"
        marked = tuple(replace(reason, note=note) for reason in reasons)
        yield Permission(action=f"{_prefix(kind, catalog)}:*", guessed=True, reasons=marked)
        return
    for action in kind.handlers[operation].permissions:
        if action != PASS_ROLE:
            note = _WHOLE_SERVICE if action.endswith(":*") else ""
            yield Permission(action=action, reasons=tuple(replace(reason, note=note) for reason in reasons))


def _prefix(kind: ResourceType, catalog: Catalog) -> str:
    """What IAM calls a service: as the actions of its other types say."""
    vendor = f"{kind.name.rpartition('::')[0]}::"
    listed = Counter(
        action.partition(":")[0]
        for name in catalog.names()
        if name.startswith(vendor)
        for handler in catalog.get(name).handlers.values()
        for action in handler.permissions
    )
    return listed.most_common(1)[0][0] if listed else kind.service.lower()


def _of_roles(step: Step, plan: Plan, kind: ResourceType, called: Iterable[str]) -> Iterator[Permission]:
    """`iam:PassRole` for each role in the properties, even if the schema does not list it; a delete passes no role."""
    for operation in [name for name in called if name in {"create", "update"} and name in kind.handlers]:
        by_name = PASS_ROLE in kind.handlers[operation].permissions
        for role in passed_roles(step, plan, by_name=by_name):
            reason = Reason(key=step.key, type=step.type, operation=operation, path=role.path)
            for arn in role.arns:
                yield Permission(action=PASS_ROLE, resources=(arn,), reasons=(reason,))


def _of_registry(step: Step, catalog: Catalog, purpose: Purpose) -> Iterator[Permission]:
    """A type that does not ship with cloudwright is described by the account's registry."""
    if catalog.is_bundled(step.type) or catalog.get(step.type).provided or not operations(step, purpose):
        return
    reason = Reason(key=step.key, type=step.type, operation="read", note="the type is described by the registry")
    yield Permission(action="cloudformation:DescribeType", reasons=(reason,))


def _merged(permissions: Iterable[Permission]) -> tuple[Permission, ...]:
    """Each action on each resource once, with all its reasons. IAM reads actions without regard to case."""
    found: dict[tuple[object, ...], Permission] = {}
    for one in sorted(permissions):
        known = (one.action.lower(), one.resources, one.conditions, one.guessed)
        before = found.get(known)
        reasons = tuple(sorted({*(before.reasons if before else ()), *one.reasons}))
        found[known] = replace(before or one, reasons=reasons)
    return tuple(sorted(found.values()))
