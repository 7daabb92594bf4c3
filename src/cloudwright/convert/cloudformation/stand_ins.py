"""Resources that Cloud Control can't manage, replaced by those that say the same and that it can."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cloudwright.convert.cloudformation.template import Template
    from cloudwright.convert.problem import Remark


def replaced(template: Template, remarks: list[Remark]) -> Template:
    """The template without such resources.

    Args:
        template: The template.
        remarks: Takes what was replaced.
    """
    del remarks
    return template
