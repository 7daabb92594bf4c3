"""Names that we choose, where the program leaves one out and the service makes none.

While planning, the name is known after deploy; while applying, it is made once, before the journal, with a random
tail. A resource that is in place keeps the name it has; its replacement gets a fresh one.
"""

from __future__ import annotations

import secrets
import string
from typing import TYPE_CHECKING, Any

from cloudwright.plan.physical_names import naming_property, physical_name
from cloudwright.program.document import Unknown
from cloudwright.program.reference import Ref

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from cloudwright.plan.physical_names import NamingProperty
    from cloudwright.schema.override import Override
    from cloudwright.schema.resource_type import ResourceType
    from cloudwright.state.model import Record

TAIL = 8
"""Random characters at the end of a name: 2.8 * 10^12 possibilities."""


def name_later(key: str, naming: NamingProperty) -> Unknown:
    """The name's place in a plan.

    Args:
        key: The resource's key.
        naming: The property that names it.
    """
    return Unknown(Ref(key, (naming.name,)))


def name_maker(app: str, stage: str) -> Callable[[str, NamingProperty], str]:
    """Makes each key's name once.

    Args:
        app: The app's name.
        stage: The stage.
    """
    made: dict[str, str] = {}

    def make(key: str, naming: NamingProperty) -> str:
        if key not in made:
            tail = "".join(secrets.choice(string.ascii_lowercase + string.digits) for _ in range(TAIL))
            made[key] = physical_name(
                app,
                stage,
                key,
                tail,
                pattern=naming.pattern,
                max_length=naming.max_length,
                min_length=naming.min_length,
            )
        return made[key]

    return make


def with_name(
    kind: ResourceType,
    override: Override,
    document: Mapping[str, Any],
    record: Record | None,
    make: Callable[[NamingProperty], Any],
) -> tuple[dict[str, Any], bool]:
    """A document with a name, if it needs one of our making.

    Args:
        kind: The resource's type.
        override: What is known of it beyond its schema.
        document: Desired properties.
        record: The generation whose name is kept; `None` for a fresh name.
        make: Gives a fresh name, or an `Unknown`.

    Returns:
        The document, and whether the name is ours.
    """
    naming = naming_property(kind, override)
    if naming is None or naming.name in document:
        return dict(document), False
    kept = record.declared.get(naming.name) if record is not None and record.own_name else None
    return {**document, naming.name: kept if isinstance(kept, str) else make(naming)}, True
