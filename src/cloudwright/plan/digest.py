"""The identity of a program: a digest of its declarations and options."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from cloudwright.lazy_dataclass import replace
from cloudwright.plan.masking import digest
from cloudwright.program.declaration import Declaration, Options
from cloudwright.program.document import outline

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cloudwright.plan.context import PlanContext
    from cloudwright.target import DeclaredTarget


def _options_text(options: Options) -> str:
    return _NO_OPTIONS if options == _PLAIN else repr(replace(options, replace_on=None))


_PLAIN = Options()
_NO_OPTIONS = repr(_PLAIN)


@lru_cache(maxsize=128)
def _target_text(target: DeclaredTarget) -> str:
    return repr(target)


def program_digest(declarations: Mapping[str, Declaration], context: PlanContext) -> str:
    """A digest of the declarations and the options; part of the plan's identity."""
    lines = [
        [
            declaration.key,
            declaration.type,
            outline([declaration.document, declaration.options.replace_on, declaration.existing], context.fingerprint),
            _options_text(declaration.options),
            _target_text(declaration.target),
            sorted(declaration.tags.items()),
            *([repr(declaration.action)] if declaration.action else ()),
        ]
        for declaration in sorted(declarations.values(), key=lambda d: d.key)
    ]
    return digest([lines, sorted(context.tags.items()), repr(context.options)])
